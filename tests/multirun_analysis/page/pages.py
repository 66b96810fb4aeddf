"""Pages of sweeps that are made up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multirun_analysis import compare, conclude, pivot, read_sweep, summarise
from multirun_analysis.conclusions.sentences import explain
from multirun_analysis.page.builder import build_page
from tests.multirun_analysis.folders import GRU, LSTM, make_trial, write_job, write_wrong

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="300pt"><path d="M0 0H400"/></svg>'
FIGURES = {"learning_curves.svg": SVG, "learning_curves.png": b""}


def build(folder: Path, figures: Mapping[str, bytes] = FIGURES, live: str | None = None) -> bytes:
    """Build the page of a folder, with a figure that is nearly none."""
    sweep = read_sweep(folder)
    summary = summarise(sweep)
    pivots = pivot(sweep, summary, ["model"], ["hidden"]) if {"model", "hidden"} <= set(sweep.keys) else []
    comparisons = compare(sweep)
    conclusions = conclude(sweep, summary, comparisons)
    about = ["The same in every row: lr=0.001."]
    return build_page(sweep, summary, explain(comparisons), conclusions, pivots, figures, about, "p: a test.", live)


def write_sweep(folder: Path) -> Path:
    """Three models of three sizes; rnn 10 has lost trials of every kind."""
    for index, (model, options) in enumerate({"rnn": {}, "lstm": {"model": LSTM}, "gru": {"model": GRU}}.items()):
        for hidden in (2, 5, 10):
            if (model, hidden) == ("rnn", 10):
                continue
            wrong = [max(0, 2000 - 700 * index - 150 * hidden + 40 * seed) for seed in range(8)]
            overrides = [f"model={model}", f"hidden={hidden}"]
            write_wrong(folder / f"{model}{hidden}", wrong, hidden=hidden, overrides=overrides, **options)
    trials = [make_trial(0, 900), make_trial(1, None, status="diverged"), make_trial(2, 1500)]
    write_job(folder / "rnn10", trials, "interrupted", hidden=10, trials=8, overrides=["model=rnn", "hidden=10"])
    return folder
