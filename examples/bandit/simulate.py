"""Simulated people at a two-armed bandit, as a table: `python simulate.py` writes bandit.csv.

Rewards come with probability .7 at one arm and .3 at the other, exchanged every 30 trials. Thirty
people of three kinds each play 20 blocks of 60 trials; a choice is a softmax of beta times values.

Source: Ji-An, Benna & Mattar, "Discovering cognitive strategies with tiny recurrent neural
networks", Nature 644, 2025, whose short form of nested cross-validation has five folds of blocks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SUBJECTS, BLOCKS, TRIALS, FOLDS = 30, 20, 60, 5
KINDS = ("q", "q forgetting", "bayes")  # of the people, ten each
GOOD, BAD = 0.7, 0.3


def draw_person(rng: np.random.Generator, kind: str) -> dict[str, float]:
    """The parameters of one person."""
    return {
        "alpha": rng.uniform(0.3, 0.8),
        "beta": rng.uniform(3, 8),
        "kappa": rng.uniform(0.5, 0.9) if kind == "q forgetting" else 1.0,
        "hazard": rng.uniform(0.05, 0.2),
    }


def play(rng: np.random.Generator, kind: str, person: dict[str, float]) -> pd.DataFrame:
    """One person's blocks, all side by side: what was chosen, what came of it, and with which probability."""
    values = np.zeros((BLOCKS, 2)) if kind != "bayes" else np.full((BLOCKS, 2), 0.5)
    good = rng.integers(0, 2, BLOCKS)
    blocks, rows = np.arange(BLOCKS), []
    for trial in range(TRIALS):
        if trial == TRIALS // 2:
            good = 1 - good
        second = 1 / (1 + np.exp(-person["beta"] * (values[:, 1] - values[:, 0])))  # probability of arm 1
        choice = (rng.random(BLOCKS) < second).astype(int)
        reward = (rng.random(BLOCKS) < np.where(choice == good, GOOD, BAD)).astype(int)
        rows.append(
            pd.DataFrame(
                {"block": blocks, "trial": trial, "choice": choice, "reward": reward,
                 "likelihood": np.where(choice == 1, second, 1 - second)}
            )
        )  # fmt: skip
        values = learn(kind, person, values, choice, reward)
    return pd.concat(rows)


def learn(
    kind: str, person: dict[str, float], values: np.ndarray, choice: np.ndarray, reward: np.ndarray
) -> np.ndarray:
    """The values of both arms (blocks, 2) after a trial."""
    rows = np.arange(len(values))
    if kind == "bayes":  # values are the beliefs that an arm is the good one
        fits = (choice == 1) == (reward == 1)  # speaks for arm 1
        odds = np.where(fits, GOOD / BAD, BAD / GOOD) * values[:, 1] / values[:, 0]
        belief = odds / (1 + odds)
        belief = belief + person["hazard"] * (1 - 2 * belief)
        return np.stack([1 - belief, belief], axis=1)
    learned = values.copy()
    learned[rows, choice] += person["alpha"] * (reward - values[rows, choice])
    learned[rows, 1 - choice] *= person["kappa"]
    return learned


def simulate(seed: int = 0) -> pd.DataFrame:
    """All people's trials: a row a trial, with what a network reads and must answer."""
    rng = np.random.default_rng(seed)
    people = []
    for subject in range(SUBJECTS):
        kind = KINDS[subject % len(KINDS)]
        trials = play(rng, kind, draw_person(rng, kind)).sort_values(["block", "trial"])
        people.append(trials.assign(subject=subject, kind=kind, fold=rng.permutation(BLOCKS)[trials["block"]] % FOLDS))
    table = pd.concat(people, ignore_index=True)
    # A network reads what was chosen last (-1 or 1) and what came of it, 0 before the first trial.
    first = table["trial"] == 0
    table["last_choice"] = (2 * table["choice"] - 1).shift(fill_value=0).mask(first, 0)
    table["last_reward"] = (2 * table["reward"] - 1).shift(fill_value=0).mask(first, 0)
    table["name"] = table["subject"].astype(str) + "/" + table["block"].astype(str)
    return table


if __name__ == "__main__":
    path = Path(__file__).with_name("bandit.csv")
    simulate().to_csv(path, index=False, float_format="%.6g")
    print(f"{SUBJECTS} people, {SUBJECTS * BLOCKS} blocks of {TRIALS} trials, written to {path}")
