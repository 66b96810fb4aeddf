"""Validation, and ending a trial by it: the schedule by script, and both engines."""

import math
from dataclasses import replace

import numpy as np
import pytest

from seqmem.cells import LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import TrainingData, draw_test_indices, draw_test_set
from seqmem.job.job import VALIDATION, Job
from seqmem.job.network import Network
from seqmem.tasks import Recall
from seqmem.tasks.row_digits import RowDigits
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import Training, train
from tests.engines.fused.jobs import job_of
from tests.engines.reference.own import Ragged
from tests.scripted import Script, ScriptedStack

JOB = Job(
    Network(Recall(), RNN(), (4,)),
    batch_size=100,
    max_sequences=20_000,
    evaluate_every=1000,
    test_sequences=20,
    validation_sequences=10,
    stop_on="validation_loss",
    patience=3,
)
FALLS_TO_40 = Script(validation_loss=lambda steps: abs(steps - 40), test_wrong=lambda steps: steps // 10)
WILD = Script(loss=lambda step: math.nan if step == 12 else 1.0)


def run(script: Script, job: Job = JOB) -> tuple[Outcome, ScriptedStack]:
    trials = [Trial(job, 0)]
    stack = ScriptedStack(trials, [script])
    return dict(train(stack, trials))[0], stack


def test_a_trial_ends_when_its_validation_loss_has_not_fallen_for_so_many_evaluations():
    assert run(FALLS_TO_40)[0].result.sequences == 7000


@pytest.mark.parametrize("max_sequences", [20_000, 5000])
def test_whatever_ends_a_trial_it_takes_its_best_weights_back(max_sequences):
    outcome, _ = run(FALLS_TO_40, replace(JOB, max_sequences=max_sequences))
    assert outcome.weights["steps"] == 40


def test_the_result_is_that_of_the_best_weights():
    assert run(FALLS_TO_40)[0].result.wrong == 4


def test_the_best_weights_are_not_taken_back_where_the_last_are_the_best():
    outcome, stack = run(FALLS_TO_40, replace(JOB, max_sequences=4000))
    assert (outcome.result.wrong, stack.evaluated[-2:]) == (4, [(0, 30), (0, 40)])


def test_validation_alone_ends_nothing():
    outcome, _ = run(FALLS_TO_40, replace(JOB, stop_on=None))
    assert (outcome.result.sequences, outcome.weights["steps"]) == (20_000, 200)


def test_the_curve_tells_of_the_validation_set_at_each_evaluation():
    points = [point for point in run(FALLS_TO_40)[0].curve if point.validation_error is not None]
    assert [(point.sequences, point.validation_loss) for point in points] == [
        (1000 * (n + 1), abs(10 * n - 30)) for n in range(7)
    ]
    assert points[0].validation_error == 0.7


def test_without_a_validation_set_the_curve_tells_of_none():
    outcome, stack = run(FALLS_TO_40, replace(JOB, stop_on=None, validation_sequences=None))
    assert {point.validation_loss for point in outcome.curve} == {None}
    assert stack.tested == []


def test_a_trial_whose_validation_loss_is_never_a_number_keeps_its_last_weights():
    outcome, _ = run(Script(validation_loss=lambda steps: math.nan))
    assert outcome.weights["steps"] == 30


def test_a_diverged_trial_takes_nothing_back():
    outcome, _ = run(WILD)
    assert (outcome.result.status, outcome.result.wrong) == ("diverged", None)


# The engines.


class ThreeSets(RowDigits):
    """Digits, a hundred of them for validation."""

    def __init__(self) -> None:
        super().__init__()
        self.training_set, self.validation_set = self.training_set[100:], self.training_set[:100]


TASKS = {"compiled": Recall(), "numpy": Ragged(), "stored": ThreeSets(), "kept out": RowDigits()}


def small(task, **values) -> Job:
    given = {"validation_sequences": 70, "test_sequences": 50, "batch_size": 20} | values
    return job_of(task, LSTM(), (5,), **given)


@pytest.mark.parametrize("engine", [FusedStack, ReferenceStack])
@pytest.mark.parametrize("task", ["compiled", "numpy"])
def test_the_validation_set_is_as_large_as_asked_for_and_not_the_test_set(task, engine):
    job = small(TASKS[task])
    drawn = draw_test_set(job.for_test(VALIDATION), 3, VALIDATION)
    assert len(drawn) == 70
    assert not np.array_equal(drawn.inputs[:50], draw_test_set(job, 3).inputs)
    stack = engine([Trial(job, 3)])
    stack.advance([5])
    answers = stack.predict(0, drawn).argmax(-1)
    (evaluation,) = stack.evaluate([0], VALIDATION)
    assert evaluation.wrong == (answers != drawn.targets).sum()


@pytest.mark.parametrize("task", TASKS)
def test_both_engines_have_the_same_validation_loss(task):
    losses = [
        stack([Trial(small(TASKS[task]), 3)]).evaluate([0], VALIDATION)[0].loss
        for stack in (FusedStack, ReferenceStack)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_what_is_kept_out_for_validation_is_not_trained_on():
    job = small(RowDigits())
    trained, total = TrainingData(job, 3).members, len(job.task.training_set)
    validated = draw_test_indices(job.for_test(VALIDATION), 3, VALIDATION)
    assert (len(trained), len(validated)) == (total - 70, 70)
    assert sorted([*trained, *validated]) == list(range(total))


def test_no_more_is_trained_on_than_validation_leaves():
    with pytest.raises(ValueError, match=r"train_set must be at most 1367, what .* without validation_sequences=70"):
        small(RowDigits(), train_set=1400)


@pytest.mark.parametrize("engine", [FusedStack, ReferenceStack])
def test_a_trial_that_was_taken_up_again_ends_as_one_that_was_never_stopped(engine):
    job = small(Recall(), max_sequences=4000, evaluate_every=100, stop_on="validation_loss", patience=2)
    trials = [Trial(replace(job, optimizer=replace(job.optimizer, lr=0.3)), 0)]
    whole = dict(train(engine(trials), trials))[0]
    assert whole.result.sequences < 4000
    stopped = Training(engine(trials), trials)
    while stopped.active:
        stopped.most = 1
        _, finished = stopped.advance()
        if finished:
            break
        taken_up = Training(engine(trials), trials)
        taken_up.load_state(0, stopped.state(0))
        stopped = taken_up
    outcome = stopped.finish(0)
    assert replace(outcome.result, wall_time_s=0) == replace(whole.result, wall_time_s=0)
    assert all(np.array_equal(outcome.weights[name], whole.weights[name]) for name in whole.weights)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stop_on": "validation_loss"}, "stop_on=validation_loss needs a validation set"),
        ({"validation_sequences": 0}, "validation_sequences must be"),
        ({"validation_sequences": 10, "stop_on": "test_loss"}, "stop_on must be one of validation_loss"),
        ({"validation_sequences": 10, "patience": 0}, "patience must be"),
    ],
)
def test_what_cannot_be_validated_is_refused_in_one_line(values, message):
    with pytest.raises(ValueError, match=message):
        replace(JOB, **({"validation_sequences": None, "stop_on": None} | values))
