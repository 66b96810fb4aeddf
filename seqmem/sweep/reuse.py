"""Other folders of a setting, which were run with another first seed, and have trials that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from seqmem import records
from seqmem.sweep.setting import Setting
from seqmem.training.outcome import TrialResult

Folders = Mapping[str, Sequence[Path]]


def index_folders(sweep: Path) -> Folders:
    """The job folders of a sweep by the fingerprint in their names."""
    folders: dict[str, list[Path]] = {}
    for folder in sorted(sweep.iterdir()) if sweep.is_dir() else []:
        folders.setdefault(folder.name.rpartition("-")[2], []).append(folder)
    return folders


def find_reusable(setting: Setting, seeds: Iterable[int], folders: Folders) -> dict[Path, list[TrialResult]]:
    """Trials of some seeds that other folders of a setting have.

    The setting's own first trial is not among them: its samples and trace may not be there.
    """
    wanted = set(seeds) - {setting.job.seed}
    reusable: dict[Path, list[TrialResult]] = {}
    for folder in folders.get(setting.fingerprint, ()):
        trials = [] if folder == setting.folder else _read_trials(setting, folder)
        found = [trial for trial in trials if trial.seed in wanted]
        if found:
            reusable[folder] = found
            wanted -= {trial.seed for trial in found}
    return reusable


def _read_trials(setting: Setting, folder: Path) -> list[TrialResult]:
    try:
        result = records.read_result(folder)
        if (result.fingerprint, result.versions.get("seqmem")) != (setting.fingerprint, version("seqmem")):
            return []
        return records.read_trials(folder)
    except records.RecordError:
        return []
