"""What each network of the third document answered after each epoch: the document's run beside one of ours."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from multirun_analysis.documents.expected import Expected, read_expected
from multirun_analysis.documents.findings import Finding
from multirun_analysis.figures.style import COLOURS, STYLE
from multirun_analysis.frames.curves import read_curves
from multirun_analysis.frames.samples import read_samples
from multirun_analysis.frames.sweep import Sweep

PRINTED = Path(__file__).parents[1] / "strings.csv"
RIGHT = "ohlol"
RIGHT_LOOK: dict[str, Any] = {"color": COLOURS[0], "weight": "bold"}
WRONG_LOOK: dict[str, Any] = {"color": COLOURS[4], "alpha": 0.75}
EPOCHS = range(1, 15)  # after which an answer was given; the printed one of epoch 1 came before any training
WRAP = 24  # characters of a panel's title in one line
OURS, SHARE = 6.2, 12.2  # where the columns stand; a letter is 1 wide


def read_printed() -> dict[str, dict[int, str]]:
    """What each network of the document had answered after so many epochs, by the network's letter.

    An epoch's answer is that of the weights before its step: those that the epochs before have made.
    """
    answers: dict[str, dict[int, str]] = {}
    with PRINTED.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            answers.setdefault(row["network"], {})[int(row["epoch"]) - 1] = row["answer"]
    return answers


def draw_strings(findings: Sequence[Finding], sweep: Sweep, networks: Mapping[str, str]) -> Figure | None:
    """Draw the answers by epoch, a panel a network; None if no job ended after an early epoch.

    Args:
        findings: Of the document.
        sweep: Where the answers are.
        networks: The setting of each network's row, by its letter in the document.
    """
    expected, printed = read_expected(), read_printed()
    commands = {
        finding.row.setting: finding for finding in findings if finding.setting is not None and finding.matches_command
    }
    answers = {
        letter: _find_answers(sweep, expected[commands[setting].row.command])
        for letter, setting in networks.items()
        if setting in commands
    }
    if not any(answers.values()):
        return None
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.0), layout="constrained")
        axes = figure.subplots(1, len(networks), sharey=True)
        for ax, (letter, setting) in zip(axes, networks.items(), strict=True):
            ax.set_title(
                textwrap.fill(commands[setting].row.network if setting in commands else letter, WRAP), fontsize=8
            )
            _write_strings(ax, 0, printed[letter])
            if setting in commands:
                _write_strings(ax, OURS, answers[letter])
                _write_shares(ax, sweep, commands[setting])
            ax.set_xlim(-0.8, SHARE + 3)
            ax.set_xticks([2, OURS + 2, SHARE + 1], ["document", "ours", "right"], fontsize=7)
            ax.grid(visible=False)
            ax.tick_params(length=0)
        axes[0].set_ylim(EPOCHS[-1] + 0.7, 0.3)
        axes[0].set_yticks(EPOCHS)
        axes[0].set_ylabel("epochs of training")
        figure.supxlabel(
            "ours: the trial with the first seed; right: share of our trials that answer every letter right", fontsize=9
        )
    return figure


def _find_answers(sweep: Sweep, expected: Expected) -> dict[int, str]:
    """What the first trial answered after each epoch, of jobs that end there and are else as expected."""
    answers = {}
    for epochs in EPOCHS:
        wanted = Expected({**expected.config, "max_sequences": epochs}, expected.digest, expected.seeds)
        settings = [
            setting
            for setting, config, digest in sweep.jobs[["setting", "config", "digest"]].itertuples(
                index=False, name=None
            )
            if not wanted.describe_differences(config, digest)
        ]
        for answer in read_samples(sweep, settings[:1])["prediction"] if settings else []:
            answers[epochs] = str(answer)
    return answers


def _write_strings(ax: Axes, start: float, answers: Mapping[int, str]) -> None:
    """Write answers letter by letter: those that are right dark and bold, the others light."""
    for epochs in EPOCHS:
        for index, letter in enumerate(answers.get(epochs, "")):
            look = RIGHT_LOOK if RIGHT[index : index + 1] == letter else WRONG_LOOK
            ax.text(start + index, epochs, letter, ha="center", va="center", family="monospace", fontsize=9, **look)


def _write_shares(ax: Axes, sweep: Sweep, finding: Finding) -> None:
    """Write the share of a setting's trials that answer without an error: as training sees it in the next epoch."""
    assert finding.setting is not None
    curves = read_curves(sweep, [finding.setting])
    for epochs in EPOCHS:
        errors = curves["train_error"][curves["sequences"] == epochs + 1]
        if len(errors):
            ax.text(SHARE + 1, epochs, f"{100 * (errors == 0).mean():.0f} %", ha="center", va="center", fontsize=8)
