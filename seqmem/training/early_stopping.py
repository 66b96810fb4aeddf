"""Ends a trial whose validation loss falls no further, and keeps the weights with which it was least."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class EarlyStopping:
    """What one trial's tests on its validation set have shown so far.

    Args:
        patience: After so many of them in a row without a smaller loss the trial ends.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.loss = math.inf  # the least
        self.weights: NDArray[np.float32] = np.empty(0, np.float32)  # (P,), those that had it
        self.waited = 0  # tests since

    def record(self, loss: float) -> bool:
        """Take note of a test; returns whether its loss is the least, so that `weights` are to be set."""
        is_least = loss < self.loss
        self.loss, self.waited = (loss, 0) if is_least else (self.loss, self.waited + 1)
        return is_least

    @property
    def is_over(self) -> bool:
        """Whether the trial is to end."""
        return self.waited >= self.patience

    @property
    def holds_better(self) -> bool:
        """Whether weights are kept that did better than those of the last test."""
        return self.waited > 0 and len(self.weights) > 0

    def state(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {"loss": self.loss, "weights": self.weights, "waited": self.waited}

    def load_state(self, state: Mapping[str, Any], size: int) -> None:
        """Go on where `state` left it; `size` is that of the trial's weights.

        Raises:
            KeyError, TypeError, ValueError: if it is no such state.
        """
        if state["weights"].shape not in ((0,), (size,)) or not 0 <= state["waited"] <= self.patience:
            raise ValueError("it is none of early stopping")
        self.loss, self.weights, self.waited = float(state["loss"]), state["weights"], int(state["waited"])
