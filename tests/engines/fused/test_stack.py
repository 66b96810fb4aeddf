import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.job.job import Job
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import BinaryAddition, LongLag, Recall, TemporalOrder
from tests.engines.fused.jobs import job_of
from tests.engines.reference.own import Branching

DIVERGING = job_of(BinaryAddition(), RNN("relu"), (8,), optimizer=Optimizer("sgd", lr=1e30))


def build(job: Job, count: int = 1, threads: int | None = 1) -> FusedStack:
    return FusedStack([Trial(job, seed) for seed in range(count)], threads)


# Advancing.


def test_a_trial_starts_from_its_networks_weights():
    job = job_of(network={"bidirectional": True, "embedding_size": 3})
    weights, expected = build(job).weights(0), job.network.initial_weights(0)
    assert list(weights) == list(job.network.parameters())
    assert all(np.array_equal(weights[name], expected[name]) for name in expected)


@pytest.mark.parametrize("cell", [RNN(), LSTM(), GRU()], ids=lambda cell: type(cell).__name__)
def test_training_makes_few_answers_wrong(cell):
    stack = build(job_of(cell=cell, hidden=(20,), batch_size=64, optimizer=Optimizer(lr=0.01)))
    report = stack.advance([3000])[0]
    assert report.wrong[-50:].mean() < 0.1 * report.wrong[:50].mean()


def test_each_trial_does_its_own_number_of_steps():
    stack = build(job_of(), 3)
    assert [len(report) for report in stack.advance([4, 0, 7])] == [4, 0, 7]
    assert [stack.state(row)["steps"] for row in range(3)] == [4, 0, 7]


def test_nothing_asked_for_is_nothing_done():
    assert [len(report) for report in build(job_of(), 2).advance([0, 0])] == [0, 0]


def test_a_stack_may_be_empty():
    stack = FusedStack([])
    assert list(stack.advance([])) == []
    assert stack.evaluate([]) == []


def test_a_diverged_trial_stops_after_the_step_that_diverged():
    report = build(DIVERGING).advance([200])[0]
    assert 0 < len(report) < 200
    assert np.isfinite(report.loss[:-1]).all()
    assert not np.isfinite(report.loss[-1])


def test_a_diverged_trial_leaves_its_neighbours_unchanged():
    job = job_of()
    alone = build(job)
    alone.advance([60])
    stack = FusedStack([Trial(DIVERGING, 0), Trial(job, 0), Trial(DIVERGING, 1)], threads=1)
    stack.advance([60, 60, 60])
    assert stack.state(1)["weights"].tobytes() == alone.state(0)["weights"].tobytes()


def test_a_diverged_trial_is_wrong_about_its_whole_test_set():
    stack = build(job_of(LongLag(p=5), RNN("relu"), (8,), optimizer=Optimizer("sgd", lr=1e30), test_sequences=50))
    stack.advance([200])
    evaluation = stack.evaluate([0])[0]
    assert (evaluation.wrong, evaluation.outside_tolerance) == (50, 50)


# Retiring.


def test_a_retired_trial_still_answers():
    stack = build(job_of(), 2)
    stack.advance([3, 3])
    sequences = Recall().sample_set(np.random.default_rng(0), 5)
    before = stack.predict(0, sequences), stack.evaluate([0]), stack.weights(0)["readout.bias"]
    stack.retire(0)
    assert np.array_equal(stack.predict(0, sequences), before[0])
    assert stack.evaluate([0]) == before[1]
    assert np.array_equal(stack.weights(0)["readout.bias"], before[2])
    assert len(stack.trace(0, sequences[:1]).hidden) == sequences.lengths[0]


def test_a_retired_trial_cannot_be_trained():
    stack = build(job_of(), 2)
    stack.retire(1)
    assert [len(report) for report in stack.advance([2, 0])] == [2, 0]
    with pytest.raises(RuntimeError, match="trial 1 is retired and cannot be trained"):
        stack.advance([2, 2])


# Answering.


def test_predictions_of_several_threads_at_once_are_those_of_one():
    stack = build(job_of(TemporalOrder(), network={"initial_state": "uniform"}), 4)
    sequences = TemporalOrder().sample_set(np.random.default_rng(0), 1500)
    expected = [stack.predict(trial, sequences) for trial in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda trial: stack.predict(trial, sequences), range(4)))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_predictions_do_not_depend_on_what_else_is_predicted():
    stack = build(job_of())
    sequences = Recall().sample_set(np.random.default_rng(0), 1100)
    whole = stack.predict(0, sequences)
    assert np.array_equal(whole[:3], stack.predict(0, sequences[:3]))
    assert np.array_equal(whole[1070:], stack.predict(0, sequences[1070:]))


def test_longer_sequences_than_those_trained_on_can_be_predicted():
    stack = build(job_of())
    longer = Recall(min_length=20, max_length=30).sample_set(np.random.default_rng(0), 5)
    assert stack.predict(0, longer).shape == (5, 10)


def test_a_symbol_that_the_task_does_not_have_is_refused():
    sequences = Recall(alphabet_size=20, num_symbols=20).sample_set(np.random.default_rng(0), 50)
    with pytest.raises(ValueError, match="symbols must be from 0 to 9, got 0 to 19"):
        build(job_of()).predict(0, sequences)


def test_an_impossible_length_is_refused():
    sequences = Recall().sample_set(np.random.default_rng(0), 50)
    sequences.lengths[3] = 12
    with pytest.raises(ValueError, match="lengths must be from 1 to 9, got 3 to 12"):
        build(job_of()).predict(0, sequences)


# Building.


def test_a_job_that_is_not_supported_is_refused():
    with pytest.raises(ValueError, match=r"cannot run Recall: Branching cannot be compiled: .*engine=reference"):
        build(job_of(cell=Branching()))


def test_a_count_of_threads_below_one_is_refused():
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        build(job_of(), threads=0)


def test_neither_torch_nor_hydra_is_imported():
    code = "import sys, seqmem.engines.fused.stack; sys.exit('torch' in sys.modules or 'hydra' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_trial_of_recall_owns_less_than_30_kib():
    job = job_of(cell=LSTM(), hidden=(10,))
    stack = build(job)
    trial = stack.trials[0]
    arrays = [trial.flat, *trial.means.values(), trial.errors]
    arrays += [stack.lineup.structs, stack.lineup.layers]
    assert sum(array.nbytes for array in arrays) < 30 * 1024
