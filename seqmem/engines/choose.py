"""Which engine runs a job: the one place where that is decided."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from seqmem.engines.engine import Engine, Trial
from seqmem.job import Job

EngineName = Literal["auto", "reference"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Choice:
    """The engine and the device that a job runs on, and why."""

    engine: Literal["reference"]
    device: Literal["cpu", "cuda"]
    reason: str


def choose_engine(job: Job, engine: EngineName = "auto", device: Device = "auto") -> Choice:
    """Choose for a job; `auto` is the CPU.

    Raises:
        ValueError: if there is no such engine or device here.
    """
    if engine not in ("auto", "reference"):
        raise ValueError(f"engine must be auto or reference, got {engine}")
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device must be auto, cpu or cuda, got {device}")
    if device == "cuda":
        _check_cuda()
        return Choice("reference", "cuda", "device=cuda")
    return Choice("reference", "cpu", "the only engine")


def _check_cuda() -> None:
    import torch

    if not torch.cuda.is_available():
        raise ValueError("device=cuda needs a CUDA device, and torch finds none here; choose auto or cpu")


def build_engine(choice: Choice, trials: Sequence[Trial]) -> Engine:
    """Build the chosen engine for a stack."""
    from seqmem.engines.reference import ReferenceEngine

    return ReferenceEngine(trials, choice.device)


def share_stack(choice: Choice, job: Job) -> Hashable:
    """What jobs that run on the same engine must have in common to share a stack."""
    from seqmem.engines.reference import stack_key

    return stack_key(job)
