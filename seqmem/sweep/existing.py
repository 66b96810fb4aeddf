"""What a setting's folder holds of it already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from seqmem import records
from seqmem.records.clearing import is_clear
from seqmem.sweep.policy import Retry
from seqmem.sweep.reuse import Folders, find_reusable
from seqmem.sweep.setting import NOT_IN_FINGERPRINT, Setting
from seqmem.training.outcome import TrialResult

# As `JobStatus`, but for `running`; a job that was running when its process ended is `interrupted`.
ExistingStatus = Literal["done", "failed", "interrupted", "new", "anew", "damaged"]


class ConflictError(ValueError):
    """A folder holds what must not be mixed with a setting's results; the message says what may be done."""


@dataclass(frozen=True)
class Existing:
    """What there is of a setting.

    status: `new`, `interrupted` (some of its trials are to be trained yet), `anew` (what is
        there of it is to be trained anew), `done`, `failed`, or `damaged` (its files cannot be
        read).
    trials: Those of its trials that have ended, and need not be trained.
    reused: Those that another folder of the same setting has, as numbered there.
    error: What it failed of.
    """

    status: ExistingStatus
    trials: list[TrialResult] = field(default_factory=list)
    error: str = ""
    reused: dict[Path, list[TrialResult]] = field(default_factory=dict)

    @property
    def num_ended(self) -> int:
        """How many of its trials need not be trained."""
        return len(self.trials) + sum(map(len, self.reused.values()))

    @property
    def is_settled(self) -> bool:
        """Whether it is left as it is."""
        return self.status in ("done", "failed", "damaged")


def find_existing(setting: Setting, retry: Retry = "none", folders: Folders = MappingProxyType({})) -> Existing:
    """See what there is of a setting.

    Args:
        setting: The setting.
        retry: As in `Policy`.
        folders: Of the sweep, by fingerprint: those of the same setting may have trials that it needs.
    Raises:
        ConflictError: if its folder holds results of another config or version.
    """
    try:
        result = records.read_result(setting.folder)
    except records.RecordError as error:
        if retry == "none" and (setting.folder / records.RESULT).exists():
            return Existing("damaged", error=str(error))
        if not is_clear(setting.folder):
            return Existing("anew")
        return Existing("new", reused=find_reusable(setting, setting.job.seeds, folders) if retry != "all" else {})
    _check_config(setting, result)
    if retry == "all":
        return Existing("anew")
    _check_version(setting, result)
    if result.status == "failed" and retry == "none":
        return Existing("failed", error=result.error or "")
    try:
        ended = records.read_trials(setting.folder) if _has_trials(setting, result) else []
    except records.RecordError as error:
        return Existing("damaged", error=str(error)) if retry == "none" else Existing("anew")
    own = [trial for trial in ended if trial.seed in setting.job.seeds]
    if wrong := [trial for trial in own if trial.trial != setting.job.number_trial(trial.seed)]:
        message = f"{setting.folder / records.TRIALS} is damaged: trial {wrong[0].trial} has seed {wrong[0].seed}"
        return Existing("damaged", error=message) if retry == "none" else Existing("anew")
    if result.status == "done" and len(own) == setting.job.trials:
        return Existing("done", own)
    missing = set(setting.job.seeds) - {trial.seed for trial in own}
    if result.status == "failed":
        return Existing("anew", own)
    return Existing("interrupted", own, reused=find_reusable(setting, missing, folders))


def _has_trials(setting: Setting, result: records.Result) -> bool:
    return result.status == "done" or records.exists(setting.folder / records.TRIALS)


def _check_config(setting: Setting, result: records.Result) -> None:
    if result.fingerprint == setting.fingerprint:
        return
    theirs, ours = flatten(result.config), flatten(setting.config)
    differ = [f"{key}={theirs.get(key)} there, {ours.get(key)} here" for key in _find_different(theirs, ours)]
    raise ConflictError(
        f"{setting.folder} holds results of another config ({'; '.join(differ) or 'its fingerprint differs'}); "
        "move it away, or choose another folder with hydra.sweep.dir"
    )


def _check_version(setting: Setting, result: records.Result) -> None:
    theirs, ours = result.versions.get("seqmem"), version("seqmem")
    if theirs != ours:
        raise ConflictError(
            f"{setting.folder} holds results of seqmem {theirs}, and this is {ours}; choose another folder with "
            "hydra.sweep.dir, or retrain everything in this one with retry=all"
        )


def _find_different(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    keys = sorted(theirs.keys() | ours.keys())
    return [key for key in keys if key not in NOT_IN_FINGERPRINT and theirs.get(key) != ours.get(key)]


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A config with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
