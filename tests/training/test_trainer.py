"""The trainer's schedule, over an engine whose every number is known beforehand."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from seqmem.cells import RNN
from seqmem.engines.engine import Trial
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.tasks import BinaryAddition, Recall
from seqmem.training import trainer
from seqmem.training.outcome import Outcome
from seqmem.training.trainer import NUM_SAMPLES, train
from tests.scripted import Script, ScriptedStack

TASK = Recall()  # solved when the last 2000 sequences are right
JOB = Job(Network(TASK, RNN(), (4,)), batch_size=100, max_sequences=10_000, evaluate_every=3000, test_sequences=20)
NEVER = Script()
AT_ONCE = Script(wrong=lambda step: 0)
LATER = Script(wrong=lambda step: int(step < 7))
WILD = Script(loss=lambda step: math.nan if step == 12 else 1.0)


def run(*scripts: Script, job: Job = JOB, most: int = 10**9) -> tuple[list[Outcome], ScriptedStack]:
    """Train a trial a script; outcomes by index."""
    trials = [Trial(job, seed) for seed in range(len(scripts))]
    engine = ScriptedStack(trials, scripts, most)
    outcomes = dict(train(engine, trials))
    return [outcomes[index] for index in range(len(scripts))], engine


def run_one(script: Script, job: Job = JOB) -> Outcome:
    return run(script, job=job)[0][0]


def without_time(outcome: Outcome) -> tuple:
    return replace(outcome.result, wall_time_s=0), outcome.curve, outcome.weights["steps"].item(), outcome.samples


# The budget and the criterion.


@pytest.mark.parametrize(("max_sequences", "sequences"), [(10_000, 10_000), (9_901, 10_000), (1, 100)])
def test_a_trial_that_never_solves_its_task_uses_up_its_budget_in_whole_batches(max_sequences, sequences):
    result = run_one(NEVER, replace(JOB, max_sequences=max_sequences)).result
    assert (result.status, result.solved, result.sequences) == ("done", False, sequences)


def test_a_trial_that_never_solves_its_task_has_no_cost_of_solving_it():
    assert run_one(NEVER).result.sequences_to_criterion is None


def test_a_trial_stops_exactly_where_it_meets_its_criterion():
    result = run_one(LATER).result
    assert (result.solved, result.sequences, result.sequences_to_criterion) == (True, 2700, 2700)


def test_the_engine_never_trains_beyond_the_criterion():
    _, engine = run(LATER)
    assert engine.steps == [27]


def test_a_trial_may_meet_its_criterion_with_its_last_batch():
    result = run_one(LATER, replace(JOB, max_sequences=2700)).result
    assert (result.solved, result.sequences) == (True, 2700)


def test_a_trial_one_batch_short_of_its_criterion_is_not_solved():
    assert not run_one(LATER, replace(JOB, max_sequences=2600)).result.solved


def test_a_trial_that_is_not_to_stop_goes_on_and_remembers_when_it_solved_its_task():
    result = run_one(LATER, replace(JOB, stop=False)).result
    assert (result.solved, result.sequences, result.sequences_to_criterion) == (True, 10_000, 2700)


def test_a_trial_that_is_not_to_stop_advances_from_evaluation_to_evaluation():
    _, engine = run(NEVER, job=replace(JOB, stop=False))
    assert engine.asked == [[30], [30], [30], [10]]


def test_a_trial_is_retired_while_the_others_go_on():
    outcomes, engine = run(AT_ONCE, NEVER)
    assert [outcome.result.sequences for outcome in outcomes] == [2000, 10_000]
    assert engine.retired == [0, 1]


def test_a_trial_is_handed_out_as_soon_as_it_is_finished():
    trials = [Trial(JOB, seed) for seed in range(3)]
    engine = ScriptedStack(trials, [NEVER, LATER, AT_ONCE])
    assert [(index, engine.steps[0]) for index, _ in train(engine, trials)] == [(2, 20), (1, 30), (0, 100)]


def test_trials_of_one_stack_may_have_budgets_of_their_own():
    jobs = [replace(JOB, max_sequences=count) for count in (500, 1500)]
    trials = [Trial(job, 0) for job in jobs]
    outcomes = dict(train(ScriptedStack(trials, [NEVER, NEVER]), trials))
    assert [outcomes[index].result.sequences for index in (0, 1)] == [500, 1500]


# Evaluations.


def test_a_trial_is_evaluated_at_every_interval_and_at_its_end():
    assert run(NEVER)[1].evaluated == [(0, 30), (0, 60), (0, 90), (0, 100)]


def test_an_end_that_falls_on_an_interval_is_evaluated_once():
    assert run(NEVER, job=replace(JOB, max_sequences=6000))[1].evaluated == [(0, 30), (0, 60)]


@pytest.mark.parametrize(("evaluate_every", "first"), [(3049, 30), (3051, 31), (1, 1)])
def test_an_interval_is_rounded_to_whole_batches(evaluate_every, first):
    assert run(NEVER, job=replace(JOB, evaluate_every=evaluate_every))[1].evaluated[0] == (0, first)


def test_trials_that_stop_at_different_times_are_evaluated_each_at_its_own():
    assert run(LATER, NEVER)[1].evaluated == [(0, 27), (1, 30), (1, 60), (1, 90), (1, 100)]


def test_the_last_evaluation_is_the_one_that_counts():
    script = Script(test_wrong=lambda steps: 20 - steps // 10)
    result = run_one(script).result
    assert (result.wrong, result.test_sequences, result.test_loss) == (10, 20, 0.5)


def test_the_mean_test_error_is_the_mean_over_all_evaluations():
    script = Script(test_wrong=lambda steps: 20 - steps // 10)
    assert run_one(script).result.mean_test_error == pytest.approx(np.mean([17, 14, 11, 10]) / 20)


# The curve.


def test_the_curve_has_ten_points_an_evaluation_and_one_at_the_end():
    sequences = [point.sequences for point in run_one(NEVER).curve]
    assert sequences == [*range(300, 10_000, 300), 10_000]


def test_a_point_of_the_curve_is_the_mean_over_the_steps_since_the_last():
    script = Script(loss=lambda step: step**2, wrong=lambda step: step)
    curve = run_one(script).curve
    ends = [point.sequences // 100 for point in curve]
    for point, start, end in zip(curve, [0, *ends], ends, strict=False):
        assert point.train_loss == pytest.approx(np.mean(np.arange(start, end) ** 2))
        assert point.train_error == pytest.approx(np.mean(np.arange(start, end)) / 100)


def test_a_point_of_the_curve_has_the_loss_of_its_last_batch():
    curve = run_one(Script(loss=lambda step: step**2)).curve
    assert [point.last_loss for point in curve] == [(point.sequences // 100 - 1) ** 2 for point in curve]


def test_only_points_at_an_evaluation_tell_of_the_test_set():
    script = Script(test_wrong=lambda steps: steps // 10)
    tested = {p.sequences: (p.test_loss, p.test_error) for p in run_one(script).curve if p.test_error is not None}
    assert tested == {3000: (0.5, 0.15), 6000: (0.5, 0.3), 9000: (0.5, 0.45), 10_000: (0.5, 0.5)}


def test_an_interval_of_few_batches_has_a_point_a_batch():
    curve = run_one(NEVER, replace(JOB, evaluate_every=400, max_sequences=800)).curve
    assert [point.sequences for point in curve] == list(range(100, 801, 100))


def test_the_training_loss_is_that_of_the_last_point():
    assert run_one(Script(loss=float)).result.train_loss == 99.0


# Divergence.


def test_a_diverged_trial_ends_at_the_step_whose_loss_is_not_finite():
    result = run_one(WILD).result
    assert (result.status, result.solved, result.sequences) == ("diverged", False, 1300)


def test_a_diverged_trial_is_not_tested():
    outcomes, engine = run(WILD)
    assert engine.evaluated == []
    assert (outcomes[0].result.wrong, outcomes[0].result.test_loss, outcomes[0].result.mean_test_error) == (None,) * 3


def test_a_trial_that_diverges_after_an_evaluation_has_no_test_result():
    late = Script(loss=lambda step: math.inf if step == 40 else 1.0)
    result = run_one(late).result
    assert (result.wrong, result.outside_tolerance, result.test_loss) == (None,) * 3


def test_the_curve_of_a_diverged_trial_goes_to_its_end():
    assert run_one(WILD).curve[-1].sequences == 1300
    assert math.isnan(run_one(WILD).curve[-1].train_loss)


def test_a_diverged_trial_leaves_its_neighbours_as_they_are_without_it():
    beside, _ = run(LATER, WILD, NEVER)
    sound, _ = run(LATER, NEVER, NEVER)
    assert [without_time(beside[index]) for index in (0, 2)] == [without_time(sound[index]) for index in (0, 2)]


def test_a_diverged_trial_has_neither_samples_nor_a_trace():
    outcome = run_one(WILD)
    assert (outcome.samples, outcome.trace) == ([], None)


# Further tests.

ADDITION = replace(
    JOB, network=Network(BinaryAddition(test_bits=[5, 9]), RNN(), (4,)), loss=Loss("bce"), evaluate_every=1000
)


def test_a_trial_goes_through_its_further_tests_once_at_its_end():
    outcomes, engine = run(LATER, NEVER, job=ADDITION)
    assert engine.tested == [("5 bits", 0, 27), ("9 bits", 0, 27), ("5 bits", 1, 100), ("9 bits", 1, 100)]
    assert [[(r.test, r.wrong, r.test_sequences) for r in outcome.tests] for outcome in outcomes] == [
        [("5 bits", 7, 20), ("9 bits", 7, 20)]
    ] * 2


def test_a_diverged_trial_has_no_count_in_its_further_tests():
    outcomes, engine = run(WILD, job=ADDITION)
    assert engine.tested == []
    assert [(result.test, result.wrong) for result in outcomes[0].tests] == [("5 bits", None), ("9 bits", None)]


def test_a_trial_of_a_task_without_further_tests_has_no_results_of_them():
    assert list(run_one(NEVER).tests) == []


# Chunks, time and what is kept.


@pytest.mark.parametrize("most", [1, 3, 20])
def test_an_engine_that_does_fewer_steps_than_asked_gives_the_same_outcomes(most):
    cut, _ = run(NEVER, LATER, WILD, most=most)
    whole, _ = run(NEVER, LATER, WILD)
    for a, b in zip(cut, whole, strict=True):
        assert repr(without_time(a)) == repr(without_time(b))  # as text, in which NaN is NaN


def test_all_training_sequences_are_told_as_they_pass():
    told = []
    trials = [Trial(JOB, 0), Trial(JOB, 1)]
    results = [o.result for _, o in train(ScriptedStack(trials, [LATER, NEVER]), trials, told.append)]
    assert sum(told) == sum(result.sequences for result in results)
    assert len(told) > 1


def test_the_times_of_a_stack_add_up_to_no_more_than_the_clock():
    start = time.perf_counter()
    outcomes, _ = run(LATER, NEVER, WILD)
    assert 0 < sum(outcome.result.wall_time_s for outcome in outcomes) <= time.perf_counter() - start


def test_trials_that_took_the_same_steps_have_the_same_time():
    outcomes, _ = run(NEVER, NEVER)
    assert outcomes[0].result.wall_time_s == outcomes[1].result.wall_time_s


def test_a_result_knows_its_trial_and_its_seed():
    trials = [Trial(replace(JOB, seed=7), seed) for seed in (7, 9)]
    outcomes = dict(train(ScriptedStack(trials, [AT_ONCE, AT_ONCE]), trials))
    assert [(o.result.trial, o.result.seed) for o in outcomes.values()] == [(0, 7), (2, 9)]


def test_the_first_trial_of_a_job_keeps_samples_and_a_trace_of_the_longest():
    first, second = run(AT_ONCE, AT_ONCE)[0]
    assert len(first.samples) == NUM_SAMPLES
    longest = max(len(sample.input.split()) for sample in first.samples)
    assert len(first.trace.gradient_norm) == longest
    assert (second.samples, second.trace) == ([], None)


@pytest.mark.parametrize(
    ("lost", "samples", "words"), [("trace", NUM_SAMPLES, "no trace"), ("predict", 0, "neither samples nor a trace")]
)
def test_a_trial_whose_record_cannot_be_made_keeps_its_result(monkeypatch, caplog, lost, samples, words):
    def fail(self, trial, sequences):
        raise MemoryError(f"Unable to allocate 48 GiB\nfor {lost}")

    whole = run_one(AT_ONCE)
    monkeypatch.setattr(ScriptedStack, lost, fail)
    outcome = run_one(AT_ONCE)
    assert without_time(outcome)[:3] == without_time(whole)[:3]
    assert (outcome.samples, outcome.trace) == (whole.samples[:samples], None)
    (line,) = caplog.messages
    assert line.endswith(f"seed 0 keeps its result, but has {words}: MemoryError: Unable to allocate 48 GiB")


def test_weights_are_those_at_the_end():
    assert run_one(LATER).weights["steps"] == [27]


# Rounds.


def test_a_round_is_as_short_as_its_time_allows(monkeypatch):
    whole = run_one(NEVER)
    monkeypatch.setattr(trainer, "ROUND_S", 0)
    (cut,), engine = run(NEVER)
    assert engine.asked == [[20], *([[1]] * 80)]
    assert without_time(cut) == without_time(whole)


def test_the_first_round_of_a_large_network_is_one_step():
    large = replace(JOB, network=Network(TASK, RNN(), (2000,)), batch_size=1000)
    _, engine = run(NEVER, job=large)
    assert engine.asked[0] == [1]


def test_the_first_round_of_a_small_network_is_short_too():
    assert run(NEVER, job=replace(JOB, batch_size=1))[1].asked[0] == [trainer.FIRST_STEPS]


# Weights that are no numbers.


class Spoilt(ScriptedStack):
    """Its first trial's last update spoils its weights, after a last batch that was all right."""

    def weights(self, trial):
        spoils = trial == 0 and self.steps[trial] * JOB.batch_size == JOB.max_sequences
        return {"steps": np.array([math.nan if spoils else self.steps[trial]], np.float32)}


def test_a_trial_whose_last_update_spoils_its_weights_is_diverged():
    trials = [Trial(JOB, seed) for seed in (0, 1)]
    engine = Spoilt(trials, [NEVER, NEVER])
    outcomes = dict(train(engine, trials))
    assert [outcomes[index].result.status for index in (0, 1)] == ["diverged", "done"]
    assert (outcomes[0].result.wrong, outcomes[0].curve[-1].test_loss) == (None, None)
    assert without_time(outcomes[1]) == without_time(run(NEVER, NEVER)[0][1])
