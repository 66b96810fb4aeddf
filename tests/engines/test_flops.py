"""Operations are counted as the formulas say."""

import pytest

from benchmarks.grids import make_deep_trials, make_trials
from seqmem.cells import LSTM, LSTMChain
from seqmem.engines.flops import count_flops
from seqmem.graph.operations import LOGISTIC, TANH
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.tasks import BinaryAddition, Recall, TemporalOrder

# Of a unit, forward: the gates' sums of three, functions, the new states; back; and the gradient of its four biases.
LSTM_UNIT = (4 * 2 + 3 * LOGISTIC + 2 * TANH + 4) + (3 * 4 + 4 * 2 + 2 + 3) + 4


def test_an_lstm_on_symbols_counts_recurrence_look_up_functions_and_readout():
    (trial,) = make_trials(TemporalOrder(), [LSTM], [(16,)], 1)
    step = 6 * 64 * 16 + 2 * 64 + LSTM_UNIT * 16
    assert count_flops(trial.job) == 64 * (110 * step + 6 * 16 * 8)


def test_features_are_multiplied_and_answers_at_every_step_read():
    (trial,) = make_trials(BinaryAddition(), [LSTM], [(10,)], 1)
    step = 6 * 40 * 10 + 4 * 40 * 2 + LSTM_UNIT * 10 + 6 * 10
    assert count_flops(trial.job) == 64 * 4 * step


def test_a_readout_counts_all_that_it_reads_and_a_chain_all_its_cells():
    readouts = [count_flops(Job(Network(TemporalOrder(), LSTM(), (16,), attention=each))) for each in (None, "dot")]
    assert readouts[1] - readouts[0] == 32 * 6 * 16 * 8
    one, three = (count_flops(Job(Network(TemporalOrder(), LSTMChain(num), (16,)))) for num in (1, 3))
    readout = 32 * 6 * 16 * 8
    assert three - readout == 3 * (one - readout)


def test_lengths_count_by_their_mean():
    trials = [make_trials(Recall(min_length=6, max_length=6), [LSTM], [(10,)], 1)[0]]
    trials += make_trials(Recall(min_length=3, max_length=9), [LSTM], [(10,)], 1)
    assert count_flops(trials[0].job) == pytest.approx(count_flops(trials[1].job))


def test_what_is_trained_below_costs_its_gradient():
    (trial,) = make_deep_trials(1)
    layers = [6 * 32 * 8 + 6 * 32 * size + LSTM_UNIT * 8 for size in (10, 16)]
    assert count_flops(trial.job) == 64 * (6 * 2 * sum(layers) + 6 * 16 * 10)
