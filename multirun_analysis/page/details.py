"""What opens below a setting's row: its curve, its trials, some predictions, what makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from multirun_analysis.frames.curves import read_curves, summarise_curves
from multirun_analysis.frames.samples import read_samples
from multirun_analysis.frames.sweep import Sweep

MOST_SETTINGS = 1000  # whose details a page holds
MOST_POSITIONS = 40
MOST_TRIALS = 100
MOST_COMMANDS = 100
LONGEST_COMMAND = 10_000  # characters
MOST_SAMPLES = 5
MOST_CHARACTERS = 300  # of one sample's input, target or prediction
AT_ONCE = 50  # settings whose curves are in memory together
CONFIG_OPTIONS = ("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn")
TRIAL = ["seed", "status", "wrong", "sequences_to_criterion"]

Details = dict[str, Any]


def collect_details(sweep: Sweep) -> list[Details]:
    """Collect what a page shows of each of its first MOST_SETTINGS settings, ready for JSON.

    Returns:
        For each setting `name`; `curve`, the four rows sequences, lower quartile, median and upper
        quartile of the training error in thousandths; `trials`, a row each: TRIAL; `samples`, a
        row each: input, target, prediction; `commands`, a line a job.
    """
    settings = [int(setting) for setting in sweep.settings.index[:MOST_SETTINGS]]
    details: dict[int, Details] = {setting: {"name": sweep.name(setting)} for setting in settings}
    for setting, trials in _list_trials(sweep, settings).items():
        details[setting] |= {"trials": trials[:MOST_TRIALS], "all_trials": len(trials)}
    written = map(format_command, sweep.jobs["overrides"], sweep.jobs["origin"])
    for setting, command in zip(sweep.jobs["setting"], written, strict=True):
        commands = details[setting].setdefault("commands", {}) if setting in details else {}
        if len(commands) < MOST_COMMANDS:
            commands[_clip(command, LONGEST_COMMAND)] = None
    for start in range(0, len(settings), AT_ONCE):
        part = settings[start : start + AT_ONCE]
        for key, curve in summarise_curves(read_curves(sweep, part, so_far=True)).groupby("setting"):
            details[int(str(key))]["curve"] = _thin(curve)
        for key, rows in read_samples(sweep, part).groupby("setting"):
            texts = rows[["input", "target", "prediction"]][:MOST_SAMPLES]
            details[int(str(key))]["samples"] = [[_clip(text) for text in row] for row in texts.to_numpy()]
    sweep.notes[:] = dict.fromkeys(sweep.notes)  # what is damaged was named when the figures were drawn
    return [detail | {"commands": list(detail.get("commands", {}))} for detail in details.values()]


def format_command(overrides: Any, origin: Any = None) -> str:
    """The command that trains a job again, quoted for a shell.

    Args:
        overrides: What the job's config differs in from the default.
        origin: Of the job's result; tells where options of one's own were found.
    """
    given = map(str, overrides) if isinstance(overrides, Sequence) else ()
    return shlex.join(["python", "-m", "seqmem.train", *_find_config_options(origin), *given])


def _find_config_options(origin: Any) -> list[str]:
    """The options of a command line that say where configs are: `--config-dir conf`."""
    try:
        words = shlex.split(str(origin["command"]))
    except (TypeError, KeyError, ValueError):
        return []
    found: list[str] = []
    for word, value in pairwise([*words, ""]):
        if word.partition("=")[0] in CONFIG_OPTIONS:
            found += [word] if "=" in word else [word, value]
    return found


def _list_trials(sweep: Sweep, settings: Sequence[int]) -> dict[int, list[list[Any]]]:
    """The trials of some settings as rows of plain values, None where there is none."""
    found = sweep.trials[sweep.trials["setting"].isin(settings)]
    table = found[TRIAL].astype(object).where(found[TRIAL].notna(), None)
    trials: dict[int, list[list[Any]]] = {}
    for setting, row in zip(found["setting"], table.to_numpy().tolist(), strict=True):
        trials.setdefault(setting, []).append(row)
    return trials


def _thin(curve: pd.DataFrame) -> list[list[int]]:
    positions = np.unique(np.linspace(0, len(curve) - 1, MOST_POSITIONS).round().astype(int))
    kept = curve.iloc[positions]
    errors = [(1000 * kept[name]).round().astype(int).tolist() for name in ("low", "median", "high")]
    return [kept["sequences"].tolist(), *errors]


def _clip(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else f"{text[:most]} .."
