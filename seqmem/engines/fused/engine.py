"""The compiled engine, as it answers for itself; numba is loaded when it is first asked for a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqmem.engines.engine import Engine, Trial
from seqmem.engines.footprint import Footprint
from seqmem.job.job import Job

if TYPE_CHECKING:
    from seqmem.engines.fused.stack import FusedStack


class FusedEngine(Engine):
    """Trains any mix of networks whose cells can be traced on all cores of the CPU, each trial on one of them."""

    name = "fused"
    devices = ("cpu",)
    runs = "compiled cell"

    def find_obstacle(self, job: Job) -> str | None:
        from seqmem.engines.fused.support import find_obstacle

        return find_obstacle(job)

    def check_device(self) -> None:
        """The CPU is always there."""

    def measure(self, job: Job) -> Footprint:
        from seqmem.engines.fused.footprint import measure

        return measure(job)

    def estimate_seconds(self, job: Job, trials: int) -> float:
        from seqmem.engines.fused.duration import estimate_seconds

        return estimate_seconds(job, trials, self.num_threads)

    def vector_width(self) -> str:
        from seqmem.engines.fused.simd.target import LANES

        return f"{32 * LANES} bits"

    def build(self, trials: Sequence[Trial]) -> FusedStack:
        from seqmem.engines.fused.stack import FusedStack

        return FusedStack(trials, self.threads)
