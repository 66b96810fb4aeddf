"""Random streams: one for each purpose of a trial, all derived from its seed."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

Purpose = Literal[
    "weights", "training data", "test data", "training order", "training state", "test state", "validation data"
]


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """The generator of a trial for one purpose, independent of all its others."""
    key = get_args(Purpose).index(purpose)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))
