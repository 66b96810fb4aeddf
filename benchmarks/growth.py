"""How time and memory grow with the number of trials, each number in a process of its own.

Recall, lstm with hidden 10. Memory is the peak resident size of the process, after it has
trained; what a trial costs is the difference between stacks over the difference of their sizes.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.fresh import peak_memory_kib, run_python
from benchmarks.grids import make_trials
from benchmarks.learner import LEARNERS, OURS, build_learner
from benchmarks.row import Effort, Row, Spread
from seqmem.cells import LSTM
from seqmem.tasks import Recall

COUNTS = (1, 10, 100, 1_000, 10_000)
RIVALS = ("torch.nn", "JAX vmap", "torch stacked", "notebook")
SAMPLED = ("torch.nn", "notebook")  # one trial after another: time is a trial's times their number
BASE = 100  # trials of the stack that memory is counted from
WHAT = "recall, lstm, hidden 10"


def measure(effort: Effort, peak: float) -> list[Row]:
    """Rows of time per number of trials, and of memory per trial."""
    rows: list[Row] = []
    memory: dict[str, dict[int, float]] = {}
    for name in (OURS, *RIVALS):
        for count in COUNTS[:2] if effort.quick else COUNTS:
            if name in SAMPLED and count > 1:
                rate = next(row.value for row in rows if row.who == name)
                rows.append(Row("growth", WHAT, name, rate, "trial-steps/s", trials=count, note="one after another"))
                continue
            arguments = ["-m", "benchmarks.growth", name, str(count), str(effort.threads), str(effort.turn_s)]
            measured = json.loads(run_python(arguments)[1])
            memory.setdefault(name, {})[count] = measured["kib"]
            rows.append(Row("growth", WHAT, name, Spread.of(measured["rates"]), "trial-steps/s", trials=count))
    return rows + [_row_of_memory(name, kib) for name, kib in memory.items() if len(kib) > 1]


def _row_of_memory(name: str, kib: dict[int, float]) -> Row:
    base, most = min(BASE, min(sorted(kib)[-2:])), max(kib)
    value = (kib[most] - kib[base]) / (most - base)
    note = f"{kib[most] / 1024:,.0f} MiB with {most:,} trials"
    limit = 64 if name == OURS else None
    return Row("growth", "memory of a trial", name, Spread(value, value, value), "KiB", at_most=limit, note=note)


def measure_here(name: str, count: int, threads: int, turn_s: float) -> None:
    """Train so many trials and print how fast it was and how much memory it took, as JSON."""
    learner = build_learner(name, make_trials(Recall(), [LSTM], [(10,)], count), threads)
    learner.time(1)
    seconds = learner.time(1)
    steps = min(300, max(1, int(turn_s / seconds)))
    rates: list[float] = []
    end = time.perf_counter() + 3 * turn_s
    while len(rates) < 2 or time.perf_counter() < end:
        rates.append(len(learner.trials) * steps / learner.time(steps))
    learner.close()
    print(json.dumps({"rates": rates, "kib": peak_memory_kib()}))


if __name__ == "__main__":
    assert sys.argv[1] in LEARNERS
    measure_here(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
