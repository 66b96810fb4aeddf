from dataclasses import replace

import numpy as np
import pytest

import seqmem
from seqmem import records
from seqmem.cells import LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.sweep import Setting
from seqmem.tasks import BinaryAddition, LongLag, Recall
from seqmem.training.further_tests import run_further_tests
from seqmem.training.outcome import FurtherResult
from tests.config.composing import TINY, make_settings
from tests.sweep.sweeping import Diary, run_settings

ADDITION = Job(Network(BinaryAddition(1, 3, [2, 40]), LSTM(), (6,)), Loss("bce"), test_sequences=50)
LAG = Job(Network(LongLag(p=9, closed_loop=True), RNN("relu"), (10,)), test_sequences=30)
ENGINES = {"fused": FusedStack, "reference": ReferenceStack}


def load(engine, trial: int, change) -> None:
    """Give a trial other weights, by name."""
    weights = engine.weights(trial)
    change(weights)
    state = engine.state(trial)
    state["weights"] = np.concatenate([value.ravel() for value in weights.values()])
    engine.load_state(trial, state)


@pytest.fixture(params=ENGINES)
def build(request):
    return ENGINES[request.param]


def test_a_task_without_further_tests_has_no_results(build):
    trials = [Trial(Job(Network(Recall(), LSTM(), (4,))), 0)]
    assert run_further_tests(build(trials), trials, [0]) == {0: []}


def test_results_come_by_trial_in_the_order_of_the_tests(build):
    trials = [Trial(ADDITION, seed) for seed in range(3)]
    results = run_further_tests(build(trials), trials, [0, 2])
    assert {trial: [(r.test, r.test_sequences) for r in own] for trial, own in results.items()} == {
        0: [("2 bits", 50), ("40 bits", 50)],
        2: [("2 bits", 50), ("40 bits", 50)],
    }


def test_a_network_that_always_answers_zero_is_right_where_all_bits_of_the_sum_are(build):
    trials = [Trial(replace(ADDITION, test_sequences=3000), 0)]
    engine = build(trials)

    def answer_zero(weights) -> None:
        weights["readout.weight"][:] = 0
        weights["readout.bias"][:] = -1

    load(engine, 0, answer_zero)
    short, long = run_further_tests(engine, trials, [0])[0]
    assert short.wrong == pytest.approx(3000 * (1 - 1 / 16), abs=60)  # 0 + 0, of 4 x 4 sums
    assert long.wrong == 3000


def test_both_engines_count_the_same():
    job = replace(ADDITION, max_sequences=64_000, test_sequences=500)
    trials = [Trial(job, 0)]
    fused, reference = FusedStack(trials), ReferenceStack(trials)
    fused.advance([2000])
    reference.load_state(0, fused.state(0))
    ours, theirs = (run_further_tests(engine, trials, [0]) for engine in (fused, reference))
    assert ours == theirs
    assert 0 < ours[0][0].wrong < 500


def hold_first(weights) -> None:
    """Hidden unit k counts how often symbol k was read, and is the output for it."""
    for value in weights.values():
        value[:] = np.eye(*value.shape) if value.ndim == 2 else 0
    weights["recurrent.weight_ih_l0"] *= 0.1


def test_a_network_that_names_what_it_read_most_is_never_wrong_in_a_closed_loop(build):
    trials = [Trial(LAG, 0)]
    engine = build(trials)
    load(engine, 0, hold_first)
    assert run_further_tests(engine, trials, [0]) == {0: [FurtherResult("closed loop", 0, 30)]}


def test_with_the_symbols_of_the_task_that_network_is_wrong(build):
    trials = [Trial(LAG, 0)]
    engine = build(trials)
    load(engine, 0, hold_first)
    assert engine.evaluate([0])[0].wrong > 0


@pytest.mark.parametrize("error_at", ["last", "every"])
def test_a_network_that_always_names_x_is_wrong_in_a_closed_loop_wherever_it_began_with_y(build, error_at):
    network = Network(LongLag(p=9, error_at=error_at, closed_loop=True), RNN("relu"), (10,))
    trials = [Trial(replace(LAG, network=network, test_sequences=2000), 0)]
    engine = build(trials)

    def name_x(weights) -> None:
        weights["readout.weight"][:] = 0
        weights["readout.bias"][:] = np.eye(10)[8]

    load(engine, 0, name_x)
    ((result,),) = run_further_tests(engine, trials, [0]).values()
    assert result.wrong == engine.evaluate([0])[0].wrong == pytest.approx(1000, abs=100)


def test_trials_of_one_stack_may_have_different_tests():
    trials = [Trial(LAG, 0), Trial(ADDITION, 0), Trial(replace(ADDITION, network=replace_task([2])), 1)]
    results = run_further_tests(FusedStack(trials), trials, [0, 1, 2])
    assert [[result.test for result in results[trial]] for trial in range(3)] == [
        ["closed loop"], ["2 bits", "40 bits"], ["2 bits"],
    ]  # fmt: skip


def replace_task(test_bits: list[int]) -> Network:
    return replace(ADDITION.network, task=BinaryAddition(1, 3, test_bits))


def test_a_further_test_leaves_evaluations_and_training_as_they_are():
    trials = [Trial(ADDITION, 0)]
    tested, untested = FusedStack(trials), FusedStack(trials)
    first = tested.evaluate([0])
    run_further_tests(tested, trials, [0])
    assert tested.evaluate([0]) == first == untested.evaluate([0])
    for engine in (tested, untested):
        engine.advance([5])
    np.testing.assert_array_equal(tested.state(0)["weights"], untested.state(0)["weights"])


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_an_outcome_has_the_results_of_its_tests(engine):
    job = replace(ADDITION, batch_size=32, max_sequences=64, trials=2)
    (outcomes,) = seqmem.run([job], engine=engine)
    assert [[result.test for result in outcome.tests] for outcome in outcomes] == [["2 bits", "40 bits"]] * 2
    assert all(0 <= result.wrong <= 50 for outcome in outcomes for result in outcome.tests)


def test_a_jobs_folder_keeps_the_results_and_those_of_trials_that_come_later_beside_them(tmp_path):
    tested = [*TINY, "task=binary_addition", "task.test_bits=[5,9]", "engine=fused"]
    (few,) = make_settings(tmp_path, tested)
    run(few)
    before = (few.folder / records.TESTS).read_text()
    (more,) = make_settings(tmp_path, [*tested, "trials=3"])
    run(more)
    assert (more.folder / records.TESTS).read_text().startswith(before)
    rows = records.read_tests(more.folder)
    assert [(row.trial, row.test) for row in rows] == [(k, test) for k in range(3) for test in ("5 bits", "9 bits")]
    assert {row.test_sequences for row in rows} == {20}


def run(setting: Setting) -> None:
    list(run_settings([setting], Diary()))
