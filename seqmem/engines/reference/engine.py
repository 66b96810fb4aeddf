"""The reference engine, as it answers for itself; torch is loaded when it is built, or asked about a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqmem.engines.engine import Engine, Trial
from seqmem.engines.footprint import Footprint
from seqmem.engines.reference.duration import estimate_seconds
from seqmem.engines.reference.footprint import measure
from seqmem.engines.reference.stacking import stack_key
from seqmem.job.job import Job

if TYPE_CHECKING:
    from seqmem.engines.reference.stack import ReferenceStack


class ReferenceEngine(Engine):
    """Trains networks of one shape in one batched computation: any cell and task, on any device."""

    name = "reference"
    devices = ("cpu", "cuda")
    runs = "any cell and task"

    def find_obstacle(self, job: Job) -> None:
        return None

    def check_device(self) -> None:
        if self.device == "cuda":
            from seqmem.engines.reference.devices import check_cuda

            check_cuda()

    def stack_key(self, job: Job) -> tuple[Any, ...]:
        return stack_key(job)

    def measure(self, job: Job) -> Footprint:
        return measure(job)

    def estimate_seconds(self, job: Job, trials: int) -> float:
        return estimate_seconds(job, trials, self.num_threads)

    def vector_width(self) -> str:
        from seqmem.engines.reference.devices import vector_width

        return vector_width(self.device)

    def free_memory(self) -> float:
        if self.device != "cuda":
            return super().free_memory()
        from seqmem.engines.reference.devices import free_cuda_memory

        return free_cuda_memory()

    def build(self, trials: Sequence[Trial]) -> ReferenceStack:
        from seqmem.engines.reference.stack import ReferenceStack

        return ReferenceStack(trials, self.device, threads=self.threads)
