"""A job that this process holds, and what is written of it from its beginning to its end."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqmem import records
from seqmem.arguments import shorten
from seqmem.records.clearing import clear
from seqmem.records.outcome import read_outcome
from seqmem.records.provenance import describe_origin, read_versions
from seqmem.records.summary import summarise
from seqmem.sweep.about_task import describe_task
from seqmem.sweep.existing import Existing
from seqmem.sweep.setting import Setting
from seqmem.training.outcome import Outcome, TrialResult

log = logging.getLogger(__name__)


class HeldJob:
    """A job whose lock this process holds.

    Attributes:
        aside: Files that were set aside because they could not be read.
        ended: The job's trials that have ended, by seed.
        killed_in: Bytes of the stack in which a process that trained it was killed; None if none was.
    """

    def __init__(self, setting: Setting, existing: Existing) -> None:
        self.setting = setting
        self.aside = _unpack(setting.folder)
        if self.aside:
            existing = Existing("anew")
        if existing.status == "anew" and not existing.trials:
            self.aside += clear(setting.folder)
        self.killed_in = records.read_stack(setting.folder)
        self.ended = {trial.seed: trial for trial in existing.trials}
        self.unwritten: list[Outcome] = []
        self.others: dict[int, records.State] = {}  # states of trials whose turn has not come
        _write_status(setting, "running")
        for folder, trials in existing.reused.items():
            for trial in trials:
                self._reuse(folder, trial)

    def _reuse(self, folder: Path, trial: TrialResult) -> None:
        with contextlib.suppress(records.RecordError):  # then it is trained
            outcome = read_outcome(folder, trial.trial)
            self.add(replace(outcome, result=replace(outcome.result, trial=self.setting.job.number_trial(trial.seed))))

    @property
    def remaining(self) -> list[int]:
        """Seeds of the trials that have not ended."""
        return [seed for seed in self.setting.job.seeds if seed not in self.ended]

    def enter_stack(self, memory: float) -> None:
        """Note that trials are about to be trained in a stack that takes so many bytes."""
        records.write_stack(self.setting.folder, memory)

    def read_states(self, seeds: Collection[int]) -> dict[int, records.State]:
        """The states in which some trials, which are to be trained now, were left.

        Raises:
            RecordError: if the file that has them is damaged.
        """
        states = records.read_state(self.setting.folder, self.setting.fingerprint)
        self.others = {seed: state for seed, state in states.items() if seed not in seeds}
        return {seed: state for seed, state in states.items() if seed in seeds}

    def set_states_aside(self) -> Path:
        """Keep a file of states that was found to be none under another name; returns that."""
        return records.set_aside(self.setting.folder / records.STATE)

    def add(self, outcome: Outcome) -> None:
        """Take note of a trial that has ended."""
        self.ended[outcome.result.seed] = outcome.result
        self.unwritten.append(outcome)

    def save(self, states: Mapping[int, records.State]) -> None:
        """Write the trials that have ended, and what the others need to go on.

        Raises:
            RecordError: if what the folder has of the job's other trials cannot be read.
        """
        self._write_outcomes()
        others = {seed: state for seed, state in self.others.items() if seed not in self.ended}
        if states or others:
            records.write_state(self.setting.folder, self.setting.fingerprint, others | dict(states))

    def finish(self) -> list[TrialResult]:
        """Write all that is kept of the job; returns its trials in their order.

        Raises:
            RecordError: if what the folder has of the job's other trials cannot be read.
        """
        trials = sorted(self.ended.values(), key=lambda trial: trial.trial)
        self._write_outcomes()
        self._write_log("".join(map(_format_trial, trials)))
        _write_status(self.setting, "done", summary=summarise(trials), **describe_task(self.setting.job))
        self._leave()
        return trials

    def fail(self, error: Exception, trace: str) -> None:
        """Write what the job failed of, with its traceback."""
        self._write_log(trace)
        _write_status(self.setting, "failed", error=f"{type(error).__name__}: {error}")
        self._leave()

    def interrupt(self) -> None:
        """Write that the job was left before its end."""
        _write_status(self.setting, "interrupted")
        records.forget_stack(self.setting.folder)

    def _write_outcomes(self) -> None:
        if not self.unwritten:
            return
        try:
            records.write_outcomes(self.setting.folder, self.unwritten)
        except (OSError, records.RecordError):
            raise
        except Exception as error:  # texts of a task's own, or more than memory holds: results need neither
            why = shorten(f"{type(error).__name__}: {error}".partition("\n")[0])
            log.warning("%s: the results are kept, but no samples and no trace: %s", self.setting.folder, why)
            bare = [replace(outcome, samples=[], trace=None) for outcome in self.unwritten]
            records.write_outcomes(self.setting.folder, bare)
        self.unwritten = []

    def _write_log(self, text: str) -> None:
        records.write_whole(self.setting.folder / records.LOG, text.encode())

    def _leave(self) -> None:
        """Remove what only a job that is under way has."""
        (self.setting.folder / records.STATE).unlink(missing_ok=True)
        records.forget_stack(self.setting.folder)


def _unpack(folder: Path) -> list[Path]:
    """Make a job's packed files files again; returns what was set aside because it could not be read."""
    try:
        records.unpack(folder)
    except records.RecordError:
        return [records.set_aside(folder / records.PACKED)]
    return []


def _write_status(setting: Setting, status: records.JobStatus, **more: Any) -> None:
    """Write how a job stands; `more` as in `records.Result`."""
    result = records.Result(
        status=status,
        fingerprint=setting.fingerprint,
        overrides=list(setting.overrides),
        config=dict(setting.config),
        engine=setting.choice.engine.name,
        device=setting.choice.engine.device,
        reason=setting.choice.reason,
        digest=setting.job.task.digest,
        versions=read_versions(),
        origin=describe_origin(setting.choice, setting.classes),
        **more,
    )
    records.write_result(setting.folder, result)


def _format_trial(trial: TrialResult) -> str:
    """A trial's line in its job's log."""
    end = f"solved after {trial.sequences_to_criterion:,}" if trial.sequences_to_criterion else f"{trial.sequences:,}"
    wrong = "not tested" if trial.wrong is None else f"{trial.wrong} of {trial.test_sequences} wrong"
    who = f"trial {trial.trial} (seed {trial.seed})"
    return f"{who}: {trial.status}, {end} sequences, {wrong}, {trial.wall_time_s:.2f} s\n"
