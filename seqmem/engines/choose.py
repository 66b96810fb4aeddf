"""The engines that there are, and the rule by which one is chosen for a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqmem.arguments import convert
from seqmem.engines.engine import Engine
from seqmem.engines.fused.engine import FusedEngine
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.job.job import Job

# The fastest first. A new engine is its folder and its name here.
ENGINES: tuple[type[Engine], ...] = (FusedEngine, ReferenceEngine)

DEVICES = tuple(dict.fromkeys(device for engine in ENGINES for device in engine.devices))
MOST_THREADS = 4096


@dataclass(frozen=True)
class Choice:
    """The engine that a job runs on, and why; and why a faster one cannot run it, where that is the reason."""

    engine: Engine
    reason: str
    obstacle: str = ""


def choose_engine(
    job: Job, engine: str = "auto", device: str = "auto", threads: int | None = None, here: bool = True
) -> Choice:
    """Choose for a job the fastest engine that can run it.

    Args:
        job: The job.
        engine: `fused` (compiled, for cells that can be traced), `reference` (torch, for all), or
            `auto`: fused wherever it can run the job.
        device: `cpu`, `cuda`, or `auto`: the CPU.
        threads: Cores to use; None for all that the process may use.
        here: Whether this machine is the one that trains, and must have the device.
    Raises:
        ValueError: if there is no such engine or device here, or the engine cannot run the job.
    """
    convert("engine", engine, Literal["auto", *(kind.name for kind in ENGINES)])
    convert("device", device, Literal["auto", *DEVICES])
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        bound = "at least 1" if threads < 1 else f"at most {MOST_THREADS:,}"
        raise ValueError(f"threads must be {bound} (or null), got {threads}")
    device = "cpu" if device == "auto" else device
    obstacles: list[str] = []  # of faster engines
    for kind in ENGINES:
        if engine not in ("auto", kind.name):
            continue
        built = kind(device, threads)
        obstacle = built.find_obstacle(job) if device in kind.devices else f"{kind.name} does not run on {device}"
        if obstacle is None:
            if here:
                built.check_device()
            if engine != "auto":
                return Choice(built, f"engine={engine} was asked for")
            obstacle = "; ".join(obstacles)
            return Choice(built, obstacle or kind.runs, obstacle)
        obstacles.append(obstacle)
    raise ValueError(f"engine={engine} cannot run this job: {'; '.join(obstacles)}; choose engine=auto")
