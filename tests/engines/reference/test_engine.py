from dataclasses import replace

import numpy as np
import pytest
import torch

from seqmem.cells import GRU, LSTM, RNN
from seqmem.data import draw_test_set
from seqmem.engines.engine import Trial
from seqmem.engines.reference import ReferenceEngine, stack_key
from seqmem.engines.reference.engine import BLOCK
from seqmem.engines.reference.forward import state_size
from seqmem.initialisation import Initialisation
from seqmem.job import Job, Optimizer, Schedule
from seqmem.losses import Loss
from seqmem.network import Network
from seqmem.streams import stream
from seqmem.tasks import BinaryAddition, Echo, LongLag, Recall, Sequences
from tests.engines.reference.nets import TorchNet, to_tensors
from tests.engines.reference.own import Adding, Leaky
from tests.engines.reference.plain import loss_plainly

TASK = LongLag(p=10, distractors="random")
JOB = Job(Network(TASK, LSTM(), (5,)), batch_size=8, optimizer=Optimizer(lr=0.01), test_sequences=700)


def make(task, cell=None, hidden=(5,), network=None, **values) -> Job:
    return Job(Network(task, cell or LSTM(), hidden, **(network or {})), **({"batch_size": 8} | values))


def build(job: Job = JOB, count: int = 3, dtype: torch.dtype = torch.float32) -> ReferenceEngine:
    return ReferenceEngine([Trial(job, seed) for seed in range(count)], dtype=dtype)


def all_weights(engine: ReferenceEngine) -> list[bytes]:
    return [engine.state(place)["weights"].tobytes() for place in range(len(engine.trials))]


# Advancing.


def test_a_trial_starts_from_its_networks_weights():
    for place, expected in enumerate(JOB.network.initial_weights(seed) for seed in range(3)):
        weights = build().weights(place)
        assert list(weights) == list(JOB.network.parameters())
        assert all(np.array_equal(weights[name], expected[name]) for name in expected)


def test_a_change_of_batch_size_does_not_change_the_initial_weights():
    assert all_weights(build(JOB)) == all_weights(build(replace(JOB, batch_size=32)))


def test_training_makes_the_loss_fall():
    task = Recall()
    report = build(make(task, hidden=(10,), batch_size=64, optimizer=Optimizer(lr=0.03)), 1).advance([150])[0]
    assert report.loss[-20:].mean() < 0.6 * report.loss[:20].mean()


def test_a_report_has_an_entry_a_step():
    for report in build().advance([4, 4, 4]):
        assert [len(getattr(report, key)) for key in ("loss", "wrong", "largest_error", "mean_error")] == [4] * 4


def test_a_trial_that_was_asked_for_no_step_stays_as_it_is():
    engine = build()
    before = all_weights(engine)
    reports = engine.advance([3, 0, 3])
    after = all_weights(engine)
    assert [len(report) for report in reports] == [3, 0, 3]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False]


def test_nobody_asked_for_a_step_is_no_error():
    engine = build()
    before = all_weights(engine)
    assert [len(report) for report in engine.advance([0, 0, 0])] == [0, 0, 0]
    assert all_weights(engine) == before


def test_trials_asked_for_different_numbers_of_steps_do_at_least_one_and_at_most_those():
    reports = build().advance([2, 5, 0])
    assert 1 <= len(reports[0]) <= 2
    assert 1 <= len(reports[1]) <= 5
    assert len(reports[2]) == 0


def test_trials_that_take_turns_come_to_where_they_come_together():
    together, apart = build(dtype=torch.float64), build(dtype=torch.float64)
    together.advance([6, 6, 6])
    for steps in ([6, 0, 0], [0, 2, 2], [0, 4, 0], [0, 0, 4]):
        apart.advance(steps)
    for place in range(3):
        np.testing.assert_allclose(apart.state(place)["weights"], together.state(place)["weights"], rtol=1e-9)


def test_the_same_stack_gives_the_same_bytes_again():
    first, second = build(), build()
    first.advance([10] * 3)
    second.advance([10] * 3)
    assert all_weights(first) == all_weights(second)


# Divergence.


def diverging(job: Job, lr: float) -> tuple[ReferenceEngine, list]:
    """A stack whose second trial has a rate of its own, and its reports."""
    wild = replace(job, optimizer=replace(job.optimizer, lr=lr))
    engine = ReferenceEngine([Trial(job, 0), Trial(wild, 1), Trial(job, 2)])
    return engine, engine.advance([12] * 3)


SGD = make(Recall(), RNN("relu"), optimizer=Optimizer("sgd", lr=0.01))


def test_a_diverged_trials_report_ends_with_the_loss_that_is_not_finite():
    _, reports = diverging(SGD, 1e30)
    assert 1 <= len(reports[1]) < 12
    assert np.isfinite(reports[1].loss[:-1]).all()
    assert not np.isfinite(reports[1].loss[-1])


def test_a_diverged_trial_leaves_its_neighbours_unchanged():
    (sound, sound_reports), (hit, hit_reports) = diverging(SGD, 0.01), diverging(SGD, 1e30)
    for place in (0, 2):
        assert all_weights(sound)[place] == all_weights(hit)[place]
        np.testing.assert_array_equal(sound_reports[place].loss, hit_reports[place].loss)
        assert len(hit_reports[place]) == 12


def test_a_trial_with_short_sequences_is_not_hurt_by_a_neighbours_padding():
    init = Initialisation(input="zero", recurrent={"constant": 10}, bias={"constant": 1})
    short, long = (
        make(Recall(min_length=3, max_length=length), RNN("relu"), network={"init": init}, clip=1.0)
        for length in (3, 400)
    )
    alone, beside = ReferenceEngine([Trial(short, 0)]), ReferenceEngine([Trial(short, 0), Trial(long, 1)])
    expected, reports = alone.advance([3]), beside.advance([3, 3])
    np.testing.assert_allclose(reports[0].loss, expected[0].loss, rtol=1e-5)


# States.


RESUMED = {
    "adam": JOB,
    "a fixed training set": replace(JOB, train_set=30),
    "uniform states": replace(JOB, network=replace(JOB.network, initial_state="uniform")),
    "reset every epoch": replace(JOB, epoch=24, optimizer=Optimizer(lr=0.01, reset_every_epoch=True)),
    "a falling rate": replace(JOB, schedule=Schedule("error", error=0.5, batches=4)),
    "momentum": replace(JOB, optimizer=Optimizer("sgd", lr=0.1, momentum=0.9)),
    "a cell of one's own": replace(JOB, network=Network(TASK, Leaky(), (5,))),
}


@pytest.mark.parametrize("name", RESUMED)
def test_two_halves_through_the_state_give_the_bytes_of_the_whole(name):
    whole, first, second = (build(RESUMED[name]) for _ in range(3))
    whole.advance([14] * 3)
    first.advance([7] * 3)
    for place in range(3):
        second.load_state(place, first.state(place))
    second.advance([7] * 3)
    assert all_weights(second) == all_weights(whole)


def test_a_state_stays_as_it_was_while_the_trial_goes_on():
    engine, other = build(), build()
    engine.advance([5] * 3)
    states = [engine.state(place) for place in range(3)]
    engine.advance([5] * 3)
    for place, state in enumerate(states):
        other.load_state(place, state)
    other.advance([5] * 3)
    assert all_weights(other) == all_weights(engine)


@pytest.mark.parametrize("count", [1, 3])
def test_weights_that_were_handed_out_stay_as_they_were(count):
    engine = build(count=count)
    weights = engine.weights(0)
    copies = {name: value.copy() for name, value in weights.items()}
    engine.advance([5] * count)
    assert all(np.array_equal(weights[name], copies[name]) for name in weights)


def test_weights_that_were_handed_out_are_the_callers_own():
    engine = build(count=1)
    engine.weights(0)["readout.bias"][:] = 100
    assert np.abs(engine.weights(0)["readout.bias"]).max() < 1


def test_a_trial_goes_on_in_another_stack_with_other_windows():
    wide = replace(JOB, schedule=Schedule("error", batches=20))
    narrow = replace(JOB, schedule=Schedule("error", batches=4))
    both = ReferenceEngine([Trial(narrow, 0), Trial(wide, 1)], dtype=torch.float64)
    both.advance([6, 6])
    alone = ReferenceEngine([Trial(narrow, 0)], dtype=torch.float64)
    alone.load_state(0, both.state(0))
    both.advance([6, 6])
    alone.advance([6])
    np.testing.assert_allclose(alone.state(0)["weights"], both.state(0)["weights"], rtol=1e-9)


# Retiring.


def test_a_retired_trial_still_answers():
    engine, kept = build(), build()
    engine.retire(1)
    test_set = draw_test_set(JOB, 1)
    np.testing.assert_array_equal(engine.predict(1, test_set), kept.predict(1, test_set))
    assert engine.evaluate([1]) == kept.evaluate([1])
    assert list(engine.weights(1)) == list(kept.weights(1))
    np.testing.assert_array_equal(engine.trace(1, test_set[:1]).hidden, kept.trace(1, test_set[:1]).hidden)


def test_a_retired_trial_leaves_the_others_to_go_on():
    engine = build()
    engine.retire(1)
    assert [len(report) for report in engine.advance([3, 0, 3])] == [3, 0, 3]


def test_a_retired_trial_cannot_be_trained():
    engine = build()
    engine.retire(1)
    with pytest.raises(RuntimeError, match=r"^trial 1 is retired and cannot be trained$"):
        engine.advance([1, 1, 1])


# Answers.


ANSWERS = {
    "classes at the end": make(TASK, test_sequences=50),
    "classes at every step": make(LongLag(p=10, error_at="every"), GRU(), test_sequences=50),
    "variable lengths": make(Recall(), network={"bidirectional": True, "embedding_size": 3}, test_sequences=50),
    "bits": make(BinaryAddition(2, 5), loss=Loss("bce"), test_sequences=50),
    "numbers": make(Adding(), RNN(), loss=Loss("mse"), test_sequences=50),
    "cosine attention": make(TASK, hidden=(3, 11), network={"attention": "cosine"}, test_sequences=50),
    "dot attention": make(Recall(), GRU(), network={"attention": "dot", "bidirectional": True}, test_sequences=50),
    "one word": make(Echo(), hidden=(5, 5), test_sequences=3, batch_size=1),
}


def trained(job: Job) -> tuple[ReferenceEngine, TorchNet]:
    engine = build(job, 2, torch.float64)
    engine.advance([10, 10])
    return engine, TorchNet(job.network).load(unflatten(job, engine.state(1)["weights"]))


def unflatten(job: Job, flat: np.ndarray) -> dict[str, np.ndarray]:
    shapes = job.network.parameters()
    parts = np.split(flat, np.cumsum([np.prod(shape) for shape in shapes.values()])[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


@pytest.mark.parametrize("name", ANSWERS)
def test_predictions_are_those_of_torch(name):
    job = ANSWERS[name]
    engine, net = trained(job)
    sequences = draw_test_set(job, 1)
    raw = net(*to_tensors(sequences)[:2]).detach()
    outputs = {"class": raw.softmax(-1), "bits": raw.sigmoid(), "real": raw}[job.task.target.kind]
    predicted = engine.predict(1, sequences)
    assert predicted.dtype == np.float32
    for ours, theirs, length in zip(predicted, outputs.numpy(), sequences.lengths, strict=True):
        valid = slice(length) if job.task.target.every_step else ...
        np.testing.assert_allclose(ours[valid], theirs[valid], rtol=1e-5, atol=1e-7)


def test_more_sequences_than_a_block_are_answered_as_in_one(monkeypatch):
    engine = build(dtype=torch.float64)
    test_set = draw_test_set(JOB, 0)
    assert len(test_set) > BLOCK
    in_blocks = engine.predict(0, test_set)
    monkeypatch.setattr("seqmem.engines.reference.engine.BLOCK", 10_000)
    np.testing.assert_allclose(in_blocks, engine.predict(0, test_set), rtol=1e-6)


def test_uniform_states_of_a_test_are_drawn_from_the_trials_own_stream():
    job = RESUMED["uniform states"]
    engine, net = trained(job)
    test_set = draw_test_set(job, 1)[:20]
    initial = torch.from_numpy(stream(1, "test state").random((20, state_size(job.network))))
    expected = net(*to_tensors(test_set)[:2], initial).softmax(-1).detach()
    np.testing.assert_allclose(engine.predict(1, test_set), expected, rtol=1e-5)


def test_uniform_states_are_the_same_in_every_test():
    engine = build(RESUMED["uniform states"])
    test_set = draw_test_set(JOB, 0)
    np.testing.assert_array_equal(engine.predict(0, test_set), engine.predict(0, test_set))
    np.testing.assert_allclose(engine.predict(0, test_set)[:9], engine.predict(0, test_set[:9]), rtol=1e-5)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_evaluation_is_a_plain_count_of_the_predictions(name):
    job = ANSWERS[name]
    engine, net = trained(job)
    test_set = draw_test_set(job, 1)
    inputs, lengths, targets = to_tensors(test_set)
    evaluation = engine.evaluate([1])[0]
    loss = loss_plainly(job, net(inputs, lengths).detach(), targets, lengths)
    assert evaluation.loss == pytest.approx(float(loss), rel=1e-5)
    wrong, outside = count_plainly(job, engine.predict(1, test_set), test_set)
    assert evaluation.wrong == wrong
    assert evaluation.outside_tolerance == (None if job.task.strict_tolerance is None else outside)


def count_plainly(job: Job, outputs: np.ndarray, sequences: Sequences) -> tuple[int, int]:
    """Wrong sequences, and those with an output outside the strict tolerance."""
    target, wrong, outside = job.task.target, 0, 0
    for output, answer, length in zip(outputs, sequences.targets, sequences.lengths, strict=True):
        steps = {"all": slice(length), "last": slice(length - 1, length)}[target.scored]
        output, answer = (output[steps], answer[steps]) if target.every_step else (output[None], answer[None])
        if target.kind == "class":
            wrong += bool((output.argmax(-1) != answer).any())
            error = np.abs(output - np.eye(target.size)[answer])
        else:
            error = np.abs(output - answer)
            wrong += bool((error > (0.5 if target.kind == "bits" else target.tolerance)).any())
        outside += bool(error.max() > (job.task.strict_tolerance or 0))
    return wrong, outside


def test_several_trials_are_evaluated_each_on_its_own_test_set():
    engine = build()
    assert engine.evaluate([2, 0]) == [engine.evaluate([2])[0], engine.evaluate([0])[0]]
    assert engine.evaluate([0])[0] != engine.evaluate([2])[0]


def test_a_network_whose_weights_are_not_numbers_is_wrong_on_every_test_sequence():
    engine = build(ANSWERS["bits"], 1)
    engine.flat[:] = float("nan")
    assert engine.evaluate([0])[0].wrong == 50


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "cosine attention"])
def test_a_trace_follows_a_sequence_as_plain_autograd_does(name):
    job = ANSWERS[name]
    engine, net = trained(job)
    sequence = draw_test_set(job, 1)[4:5] if name != "one word" else draw_test_set(job, 1)[:1]
    inputs, lengths, targets = to_tensors(sequence)
    length = int(lengths)
    x = (net.embed(inputs) if job.task.symbols else inputs).detach().requires_grad_()
    raw = net(x, lengths)
    if job.task.target.every_step:
        raw = torch.cat([raw[:, : length - 1].detach(), raw[:, length - 1 :]], dim=1)
    (gradient,) = torch.autograd.grad(loss_plainly(job, raw, targets, lengths), x)
    trace = engine.trace(1, sequence)
    np.testing.assert_allclose(trace.gradient_norm, gradient[0, :length].norm(dim=1), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(trace.hidden, net.run_layers(x, lengths)[0, :length].detach(), rtol=1e-9)


def test_a_trace_is_float32_on_a_float32_engine():
    trace = build().trace(0, draw_test_set(JOB, 0)[:1])
    assert trace.gradient_norm.dtype == trace.hidden.dtype == np.float32


# Who can share a stack.


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, seed=5),
        replace(JOB, clip=1.0),
        replace(JOB, optimizer=Optimizer(lr=0.5, beta1=0.5, weight_decay=0.1)),
        replace(JOB, schedule=Schedule("error")),
        replace(JOB, network=replace(JOB.network, init=Initialisation(bias="chrono"))),
        replace(JOB, test_sequences=10, train_set=100),
        make(LongLag(p=10), optimizer=Optimizer(lr=0.01)),
    ],
)
def test_jobs_that_differ_in_numbers_share_a_stack(other):
    reports = ReferenceEngine([Trial(JOB, 0), Trial(other, 1)]).advance([2, 2])
    assert [len(report) for report in reports] == [2, 2]


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, batch_size=9),
        replace(JOB, optimizer=Optimizer("sgd")),
        replace(JOB, optimizer=Optimizer(reset_every_epoch=True)),
        replace(JOB, loss=Loss("mse")),
        replace(JOB, loss=Loss(reduction="batchmean")),
        replace(JOB, network=Network(TASK, GRU(), (5,))),
        replace(JOB, network=Network(TASK, LSTM(), (6,))),
        replace(JOB, network=Network(TASK, LSTM(), (5,), embedding_size=3)),
        replace(JOB, network=replace(JOB.network, initial_state="uniform")),
        make(LongLag(p=11)),
        make(LongLag(p=10, error_at="every")),
    ],
)
def test_jobs_that_differ_in_shape_are_refused_a_common_stack(other):
    assert stack_key(other) != stack_key(JOB)
    with pytest.raises(ValueError, match=r"^trials of a reference stack must have networks, losses and optimizers of"):
        ReferenceEngine([Trial(JOB, 0), Trial(other, 0)])


def test_tanh_and_relu_networks_are_not_stacked():
    tanh, relu = (make(TASK, RNN(nonlinearity)) for nonlinearity in ("tanh", "relu"))
    assert stack_key(tanh) != stack_key(relu)


def test_a_cell_that_holds_a_list_is_stacked_with_itself_alone():
    cells = Leaky(), Leaky()
    for cell in cells:
        cell.rates = [0.1, 0.2]
    assert stack_key(make(TASK, cells[0])) == stack_key(make(TASK, cells[0]))
    assert stack_key(make(TASK, cells[0])) != stack_key(make(TASK, cells[1]))


# Devices.


@pytest.mark.gpu
def test_a_stack_on_cuda_gives_the_gradients_of_the_cpu():
    if not torch.cuda.is_available():
        pytest.skip("NOT TESTED: torch finds no CUDA device here")
    trials = [Trial(JOB, seed) for seed in range(3)]
    engines = [ReferenceEngine(trials, device, torch.float64) for device in ("cpu", "cuda")]
    reports = [engine.advance([10] * 3) for engine in engines]
    for place in range(3):
        np.testing.assert_allclose(*(engine.state(place)["weights"] for engine in engines), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(*(report[place].loss for report in reports), rtol=1e-5)


@pytest.mark.gpu
def test_a_trial_goes_on_on_the_cpu_where_it_stopped_on_cuda():
    if not torch.cuda.is_available():
        pytest.skip("NOT TESTED: torch finds no CUDA device here")
    first, second, whole = (
        ReferenceEngine([Trial(JOB, 0)], device, torch.float64) for device in ("cuda", "cpu", "cpu")
    )
    first.advance([5])
    second.load_state(0, first.state(0))
    second.advance([5])
    whole.advance([10])
    np.testing.assert_allclose(second.state(0)["weights"], whole.state(0)["weights"], rtol=1e-8, atol=1e-10)
