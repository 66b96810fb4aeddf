"""The same numbers on CUDA as on the CPU."""

import numpy as np
import pytest
import torch

from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from tests.engines.reference.stacks import JOB


@pytest.mark.gpu
def test_a_stack_on_cuda_gives_the_gradients_of_the_cpu():
    if not torch.cuda.is_available():
        pytest.skip("NOT TESTED: torch finds no CUDA device here")
    trials = [Trial(JOB, seed) for seed in range(3)]
    stacks = [ReferenceStack(trials, device, torch.float64) for device in ("cpu", "cuda")]
    reports = [stack.advance([10] * 3) for stack in stacks]
    for row in range(3):
        np.testing.assert_allclose(*(stack.state(row)["weights"] for stack in stacks), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(*(report[row].loss for report in reports), rtol=1e-5)


@pytest.mark.gpu
def test_a_trial_goes_on_on_the_cpu_where_it_stopped_on_cuda():
    if not torch.cuda.is_available():
        pytest.skip("NOT TESTED: torch finds no CUDA device here")
    first, second, whole = (ReferenceStack([Trial(JOB, 0)], device, torch.float64) for device in ("cuda", "cpu", "cpu"))
    first.advance([5])
    second.load_state(0, first.state(0))
    second.advance([5])
    whole.advance([10])
    np.testing.assert_allclose(second.state(0)["weights"], whole.state(0)["weights"], rtol=1e-8, atol=1e-10)
