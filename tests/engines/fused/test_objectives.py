"""Compiled objectives of tasks that are not built in, held against the reference."""

import pytest

from seqmem.job.losses import Loss
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import Target
from tests.engines.fused.jobs import job_of
from tests.engines.fused.test_against_reference import check_gradients
from tests.engines.reference.nets import AnyTask

SGD = Optimizer("sgd", lr=0.1)


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize("output", ["identity", "logistic", "tanh"])
def test_real_numbers_may_come_from_each_output_function(output, every_step):
    target = Target("real", 2, every_step, tolerance=0.5, output=output)
    check_gradients(job_of(AnyTask(target=target), loss=Loss("mse"), optimizer=SGD))
