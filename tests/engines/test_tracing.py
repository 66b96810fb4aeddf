"""Gradients by input step, and the memory that they take."""

import gc
import re
from pathlib import Path

import numpy as np
import pytest

from seqmem import cells, tasks
from seqmem.engines.choose import ENGINES
from seqmem.engines.engine import Trial
from seqmem.engines.tracing import measure_gradient
from seqmem.job.data import draw_test_set
from seqmem.job.job import Job
from seqmem.job.network import Network

MB = 2**20


@pytest.mark.parametrize("width", [3, 8, 30])
def test_norms_are_those_of_the_gradients_written_out(width, rng):
    gates = rng.standard_normal((50, 8)).astype(np.float32)
    weight = rng.standard_normal((8, width)).astype(np.float32)
    written = np.linalg.norm(gates.astype(np.float64) @ weight, axis=1)
    np.testing.assert_allclose(measure_gradient(gates, weight), written, rtol=1e-12)


def test_a_gradient_that_is_no_number_gives_a_norm_that_is_none():
    gates = np.array([[1, np.nan], [np.inf, 0], [0, 0]], np.float32)
    norms = measure_gradient(gates, np.ones((2, 5), np.float32))
    assert np.isnan(norms[:2]).all()
    assert norms[2] == 0


def read_memory(name: str) -> int:
    return 1024 * int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text()).group(1))


def measure_peak(work) -> int:
    """Bytes that some work takes at its peak."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = read_memory("VmRSS")
    work()
    return read_memory("VmHWM") - before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("embedding_size", [None, 3])
def test_a_trace_of_symbols_that_are_as_many_as_steps_takes_memory_that_grows_with_the_steps(engine, embedding_size):
    task = tasks.LongLag(p=4000)  # 4,000 steps, each one of 4,001 symbols: 61 MiB in float32, and 32 lanes of them
    job = Job(Network(task, cells.RNN(), (2,), embedding_size=embedding_size), test_sequences=1, trials=1)
    built = engine().build([Trial(job, 0)])
    sequence = draw_test_set(job, 0)
    assert measure_peak(lambda: built.trace(0, sequence)) < 40 * MB
