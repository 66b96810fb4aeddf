"""The contract between a sweep and what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from seqmem.sweep.setting import Setting
from seqmem.sweep.sweep import Sweep
from seqmem.training.outcome import TrialResult


class Display(Protocol):
    """What shows a sweep while it runs."""

    def start(self, sweep: Sweep) -> None:
        """The sweep begins, with what there is of its jobs."""

    def build(self) -> None:
        """A stack is being built, which may have to be compiled: no sequences pass until `train`."""

    def train(self) -> None:
        """The stack is built."""

    def advance(self, sequences: int) -> None:
        """So many training sequences have passed since the last call."""

    def trial_solved(self, setting: Setting, seed: int) -> None:
        """A trial has met its criterion, and may be trained further; said again if it is trained again."""

    def trial_done(self, setting: Setting, result: TrialResult) -> None: ...

    def job_done(self, setting: Setting, results: Sequence[TrialResult]) -> None: ...

    def job_failed(self, setting: Setting, error: Exception) -> None: ...

    def note(self, text: str) -> None:
        """Something has happened that changes no result."""

    def stop(self) -> None:
        """The sweep has ended, whichever way."""
