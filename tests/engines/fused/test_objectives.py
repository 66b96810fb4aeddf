"""Compiled objectives of tasks that are not built in, held against the reference."""

import numpy as np
import pytest

from seqmem.job.losses import Loss
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import Sequences, Target
from tests.engines.fused.jobs import job_of
from tests.engines.fused.test_against_reference import build, check_gradients
from tests.engines.reference.nets import AnyTask

SGD = Optimizer("sgd", lr=0.1)


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize("output", ["identity", "logistic", "tanh"])
def test_real_numbers_may_come_from_each_output_function(output, every_step):
    target = Target("real", 2, every_step, tolerance=0.5, output=output)
    check_gradients(job_of(AnyTask(target=target), loss=Loss("mse"), optimizer=SGD))


class Sparse(AnyTask):
    """Asks for an answer at two steps of three and at the last, and at no others."""

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        drawn = super().sample(rng, n)
        leave_out = (np.arange(self.max_length) + np.arange(n)[:, None]) % 3 == 0
        leave_out[np.arange(n), drawn.lengths - 1] = False
        targets = drawn.targets.copy()
        targets[leave_out] = -1 if self.target.kind == "class" else np.nan
        return Sequences(drawn.inputs, drawn.lengths, targets)


LOSSES = [("class", "cross_entropy"), ("class", "mse"), ("bits", "bce"), ("bits", "mse"), ("real", "mse")]


@pytest.mark.parametrize("reduction", ["mean", "batchmean"])
@pytest.mark.parametrize("scored", ["all", "last", 3])
@pytest.mark.parametrize(("kind", "loss"), [*LOSSES, ("bits", "cross_entropy_over_time")])
def test_steps_at_which_no_answer_is_asked_for_are_left_out_as_in_the_reference(kind, loss, scored, reduction):
    task = Sparse(target=Target(kind, 3, every_step=True, scored=scored, tolerance=0.5))
    weight = 1 if loss == "cross_entropy_over_time" else 3
    check_gradients(job_of(task, loss=Loss(loss, reduction, weight), optimizer=SGD))


@pytest.mark.parametrize("scored", ["all", 3])
@pytest.mark.parametrize(("kind", "loss"), [LOSSES[0], LOSSES[2], LOSSES[4]])
def test_both_engines_count_the_same_answers_of_a_test_set_as_wrong(kind, loss, scored):
    target = Target(kind, 2, every_step=True, scored=scored, tolerance=0.5)
    fused, reference = build(job_of(Sparse(target=target), loss=Loss(loss), test_sequences=45))
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert (ours.wrong, ours.answer_error) == (theirs.wrong, pytest.approx(theirs.answer_error))
    assert 0 < ours.answer_error < ours.wrong / 45


def test_where_one_answer_is_scored_there_is_no_error_of_answers():
    fused, reference = build(job_of(Sparse(target=Target("class", 3, every_step=True, scored="last"))))
    assert [stack.evaluate([0])[0].answer_error for stack in (fused, reference)] == [None, None]


@pytest.mark.parametrize("every_step", [False, True])
def test_smoothed_labels_are_those_of_the_reference(every_step):
    task = (Sparse if every_step else AnyTask)(target=Target("class", 5, every_step))
    job = job_of(task, loss=Loss(label_smoothing=0.3), optimizer=SGD, test_sequences=45)
    check_gradients(job)
    ours, theirs = (stack.evaluate([0])[0] for stack in build(job))
    assert (ours.loss, ours.wrong) == (pytest.approx(theirs.loss, rel=1e-5), theirs.wrong)
