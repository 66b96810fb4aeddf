"""Runs tiny sweeps without the command line, and reads what they leave."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqmem import records
from seqmem.sweep import Policy, Setting, Sweep, run_sweep
from seqmem.training.outcome import TrialResult
from tests.config.composing import TINY, make_settings

FUSED = ["engine=fused"]
FAULTY = ["task._target_=tests.faulty.Faulty"]


class Diary:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.sequences = 0

    def start(self, sweep) -> None:
        self.told.append(("start", *(existing.status for existing in sweep.existing.values())))

    def build(self) -> None: ...

    def train(self) -> None: ...

    def trial_solved(self, setting, seed) -> None: ...

    def advance(self, sequences: int) -> None:
        self.sequences += sequences

    def trial_done(self, setting, result) -> None:
        self.told.append(("trial", setting.folder.name, result.trial))

    def job_done(self, setting, results) -> None:
        self.told.append(("done", setting.folder.name, len(results)))

    def job_failed(self, setting, error) -> None:
        self.told.append(("failed", setting.folder.name, str(error)))

    def note(self, text) -> None:
        self.told.append(("note", text))

    def stop(self) -> None:
        self.told.append(("stop",))

    def trained(self) -> list[str]:
        """Folders whose trials were trained, one entry a trial."""
        return [told[1] for told in self.told if told[0] == "trial"]


def run_settings(
    settings: list[Setting], diary: Diary, **policy: Any
) -> Generator[tuple[int, float | Exception], None, None]:
    return run_sweep(Sweep(settings[0].folder.parent, settings, Policy(**policy)), diary)


def run(settings: list[Setting], **policy: Any) -> tuple[dict[int, float | Exception], Diary]:
    diary = Diary()
    return dict(run_settings(settings, diary, **policy)), diary


def read_files(sweep: Path) -> dict[str, Any]:
    """All that is kept of a sweep's trials but for their times, by file."""
    found: dict[str, Any] = {}
    for job in records.find_jobs(sweep):
        for name in ("curves.csv", "samples.csv", "trace.csv", "weights.safetensors"):
            found[f"{job.name}/{name}"] = (job / name).read_bytes()
        found[job.name] = repr(read_numbers(job))  # as text, in which NaN is NaN
    return found


def read_numbers(folder: Path) -> list[TrialResult]:
    return [replace(trial, wall_time_s=0) for trial in records.read_trials(folder)]


def sweep(folder: Path, *jobs: list[str]) -> list[Setting]:
    return make_settings(folder, *([*TINY, *job] for job in jobs))
