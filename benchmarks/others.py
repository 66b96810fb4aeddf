"""How much of the machine others use while something is measured."""

from __future__ import annotations

import os
import time
from pathlib import Path


class Others:
    """Watches the machine from when it is made; of Linux's counters, in ticks of 10 ms."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.busy = _busy_s()
        self.own = time.process_time()

    def cores(self) -> float:
        """Cores that all processes but this one have used on average, this one's children included."""
        seconds = time.perf_counter() - self.start
        own = time.process_time() - self.own
        return max(0.0, (_busy_s() - self.busy - own) / seconds)


def _busy_s() -> float:
    """Seconds for which cores have worked, for us or, where the machine is virtual, for its neighbours."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = (int(ticks) for ticks in line.split()[1:9])
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")
