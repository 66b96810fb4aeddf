"""Denormals are zero in compiled code, and nowhere else."""

import numpy as np
import pytest
from numba import njit

from seqmem.cells import RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.simd.denormals import IS_X86, flush_denormals, restore_denormals
from seqmem.engines.fused.stack import FusedStack
from tests.engines.fused.jobs import job_of

SMALL = np.float32(1e-40)


@njit
def halve(numbers, flushed):
    mode = flush_denormals()
    for i in range(len(numbers)):
        flushed[i] = numbers[i] * np.float32(0.5)
    restore_denormals(mode)


@pytest.mark.skipif(not IS_X86, reason="denormals are flushed on x86 alone")
def test_denormals_are_zero_between_flush_and_restore():
    numbers, flushed = np.array([SMALL, 1.5e-38, 1], np.float32), np.ones(3, np.float32)
    halve(numbers, flushed)
    assert flushed.tolist() == [0, 0, 0.5]


def test_denormals_are_what_they_were_after_a_training_step():
    numbers = np.full(100, SMALL)
    FusedStack([Trial(job_of(cell=RNN()), 0)], threads=1).advance([1])
    assert (numbers * np.float32(0.5) > 0).all()
