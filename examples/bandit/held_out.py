"""Held-out log-loss of tiny networks beside the simulated people's own: `python held_out.py [DIR]`, after the sweep."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from multirun_analysis import read_curves, read_sweep

HERE = Path(__file__).parent
TRAINED, VALIDATED = 3, 1  # folds


def choose_networks(folder: str | Path) -> pd.DataFrame:
    """The network of each person, number of units and outer fold, with its held-out log-loss (nats a choice).

    Of the networks of an inner fold that with the least validation loss is taken; of these that
    with the least loss on all folds but the outer one. The outer fold plays no part in it.
    """
    sweep = read_sweep(folder)
    curves = read_curves(sweep).dropna(subset="validation_loss")
    best = curves.loc[curves.groupby(["setting", "seed"])["validation_loss"].idxmin()]
    trials = sweep.trials.rename(columns={"test": "outer", "validation": "inner"})
    trials["subject"] = trials["where"].str.extract(r"subject:(\d+)").astype(int)
    trials = trials[["setting", "seed", "subject", "hidden", "outer", "inner", "test_loss"]]
    trials = trials.merge(best[["setting", "seed", "train_loss", "validation_loss"]])
    trials["seen_loss"] = TRAINED * trials["train_loss"] + VALIDATED * trials["validation_loss"]
    inner = trials.loc[trials.groupby(["subject", "hidden", "outer", "inner"])["validation_loss"].idxmin()]
    return inner.loc[inner.groupby(["subject", "hidden", "outer"])["seen_loss"].idxmin()]


def compare(networks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Log-loss by kind of person and number of units, and the people's own, which no network can beat on average."""
    own = table.assign(loss=-np.log(table["likelihood"])).groupby(["kind", "subject"])["loss"].mean()
    kinds = table.groupby("subject")["kind"].first()
    losses = networks.pivot_table("test_loss", "subject", "hidden")
    frame = losses.groupby(kinds).mean().rename(columns=lambda units: f"{units} units")
    return frame.assign(**{"the person's own": own.groupby("kind").mean()})


def draw(frame: pd.DataFrame) -> Figure:
    """Log-loss against the number of units, a line a kind of person; dashed: the people's own."""
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    ax = figure.subplots()
    for index, (kind, row) in enumerate(frame.iterrows()):
        ax.plot(range(1, len(row)), row.iloc[:-1], marker="o", color=f"C{index}", label=str(kind))
        ax.axhline(row.iloc[-1], color=f"C{index}", linestyle="--", lw=1)
    ax.set_xlabel("units; dashed: the simulated people's own")
    ax.set_ylabel("held-out log-loss, nats a choice")
    ax.set_xticks(range(1, len(frame.columns)))
    figure.legend(loc="outside right upper")
    return figure


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "multirun/bandit"
    frame = compare(choose_networks(folder), pd.read_csv(HERE / "bandit.csv"))
    print(frame.round(4).to_string())
    draw(frame).savefig(HERE / "held_out.svg")
