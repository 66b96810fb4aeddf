"""Which engine runs a job: the one place where that is decided."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from seqmem.engines.engine import Engine, Trial
from seqmem.engines.footprint import Footprint, count_fitting, size_stack
from seqmem.job.job import Job
from seqmem.machine import available_memory, count_cores

EngineName = Literal["auto", "fused", "reference"]
DeviceName = Literal["auto", "cpu", "cuda"]

Parts = Iterable[tuple[Job, int]]  # of a stack: jobs, and how many trials of each

MOST_THREADS = 4096


@dataclass(frozen=True)
class Choice:
    """The engine and the device that a job runs on, and why; and the cores that it may use, None for all."""

    engine: Literal["fused", "reference"]
    device: Literal["cpu", "cuda"]
    reason: str
    threads: int | None = None


def choose_engine(
    job: Job, engine: EngineName = "auto", device: DeviceName = "auto", threads: int | None = None
) -> Choice:
    """Choose for a job: `fused`, on the CPU, wherever it can run it; else `reference`.

    Args:
        job: The job.
        engine: `fused` (compiled, for built-in cells and tasks), `reference` (torch, for all), or
            `auto`: fused wherever it can run the job.
        device: `cpu`, `cuda`, or `auto`: the CPU.
        threads: Cores to use; None for all that the process may use.
    Raises:
        ValueError: if there is no such engine or device here, or the engine cannot run the job.
    """
    if engine not in ("auto", "fused", "reference"):
        raise ValueError(f"engine must be auto, fused or reference, got {engine}")
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device must be auto, cpu or cuda, got {device}")
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        bound = "at least 1" if threads < 1 else f"at most {MOST_THREADS:,}"
        raise ValueError(f"threads must be {bound} (or null), got {threads}")
    if device == "cuda":
        if engine == "fused":
            raise ValueError("engine=fused runs on the CPU, got device=cuda; choose engine=reference")
        _check_cuda()
        return Choice("reference", "cuda", "device=cuda was asked for", threads)
    if engine == "reference":
        return Choice("reference", "cpu", "engine=reference was asked for", threads)
    from seqmem.engines.fused import supports

    reason = supports(job)
    if reason is None:
        return Choice("fused", "cpu", "built-in cell and task", threads)
    if engine == "fused":
        raise ValueError(f"engine=fused cannot run this job: {reason}; choose auto or reference")
    return Choice("reference", "cpu", reason, threads)


def _check_cuda() -> None:
    import torch

    if not torch.cuda.is_available():
        raise ValueError("device=cuda needs a CUDA device, and torch finds none here; choose auto or cpu")


def build_engine(choice: Choice, trials: Sequence[Trial]) -> Engine:
    """Build the chosen engine for a stack."""
    if choice.engine == "fused":
        from seqmem.engines.fused import FusedEngine

        return FusedEngine(trials, choice.threads)
    from seqmem.engines.reference import ReferenceEngine

    return ReferenceEngine(trials, choice.device, threads=choice.threads)


def measure(choice: Choice, job: Job) -> Footprint:
    """What a job's trials take of the memory."""
    if choice.engine == "fused":
        from seqmem.engines.fused.footprint import measure as measure_fused

        return measure_fused(job)
    from seqmem.engines.reference.footprint import measure as measure_reference

    return measure_reference(job)


def estimate_memory(choice: Choice, job: Job) -> float:
    """About how many bytes all trials of a job take side by side, beside the program itself."""
    return estimate_stack(choice, [(job, job.trials)])


def estimate_stack(choice: Choice, parts: Parts) -> float:
    """About how many bytes a stack takes, given as jobs and how many trials of each are in it."""
    measured = ((measure(choice, job), trials) for job, trials in parts)
    return size_stack(measured, choice.threads or count_cores())


def estimate_least_memory(choice: Choice, job: Job) -> float:
    """About how many bytes a job takes at least, its trials trained one after the other."""
    return measure(choice, job).least(job.trials)


def fit_stack(choice: Choice, parts: Parts, free: float) -> int:
    """How many trials a stack may have, so that it takes no more memory than `free`; at least one.

    Args:
        choice: The engine.
        parts: Jobs that can share a stack, and how many trials of each there are, in their order.
        free: In bytes.
    """
    measured = ((measure(choice, job), trials) for job, trials in parts)
    return count_fitting(measured, choice.threads or count_cores(), free)


def estimate_seconds(choice: Choice, job: Job, trials: int) -> float:
    """About how many seconds some trials of a job take, alone on the machine, if none ends early."""
    if choice.engine == "fused":
        from seqmem.engines.fused.pace import estimate_seconds as estimate_fused

        return estimate_fused(job, trials, choice.threads)
    from seqmem.engines.reference.pace import estimate_seconds as estimate_reference

    return estimate_reference(job, trials, choice.threads)


def vector_width(choice: Choice) -> str:
    """The vectors that an engine computes with, which its last bits may depend on."""
    if choice.engine == "fused":
        from seqmem.engines.fused.simd.target import LANES

        return f"{32 * LANES} bits"
    import torch

    if choice.device == "cuda":
        return str(torch.cuda.get_device_name())
    return str(torch.backends.cpu.get_cpu_capability())


def find_memory(choice: Choice) -> float:
    """Bytes that there are for training."""
    if choice.device == "cpu":
        return available_memory()
    import torch

    kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()  # by torch, of stacks that have ended
    return float(torch.cuda.mem_get_info()[0] + kept)


def share_stack(choice: Choice, job: Job) -> Hashable:
    """What jobs that run on the same engine must have in common to share a stack."""
    if choice.engine == "fused":
        return None
    from seqmem.engines.reference import stack_key

    return stack_key(job)
