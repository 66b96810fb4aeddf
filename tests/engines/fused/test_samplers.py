"""Compiled samplers, held against the tasks' own."""

import importlib
import pkgutil
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmem.engines.engine import Trial
from seqmem.engines.fused import samplers
from seqmem.engines.fused.compiling import entry
from seqmem.engines.fused.memory import float64_at
from seqmem.engines.fused.samplers.sampler import SAMPLERS, Sampler, Source, call_sampler
from seqmem.engines.fused.simd.target import BLOCK
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.fused.structs import TRIAL
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import TrainingData
from seqmem.job.streams import stream
from seqmem.tasks import BinaryAddition, Echo, LongLag, Recall, RowDigits, Sequences, TemporalOrder
from tests.engines.fused.jobs import job_of, tasks


def last_batch(stack: FusedStack, size: int) -> Sequences:
    """Read the batch that the last step left in the workspace, beyond the lengths as well."""
    struct, target = stack.lineup.structs[0], stack.trials[0].job.task.target
    blocks, steps, width = (int(struct[name]) for name in ("num_blocks", "max_length", "target_width"))
    lanes, features = stack.workspace.lanes, int(struct["num_features"])

    def read(array, offset, *shape):
        count = int(np.prod(shape)) * BLOCK * blocks
        values = array[offset : offset + count].reshape(blocks, *shape, BLOCK)
        return np.moveaxis(values, -1, 1).reshape(blocks * BLOCK, *shape)[:size]

    if features:
        inputs = read(lanes, int(struct["batch_inputs"]), steps, features)
    else:
        inputs = read(stack.workspace.symbols, 0, steps)
    targets = read(lanes, int(struct["batch_targets"]), steps if target.targets_every_step else 1, width)
    targets = np.nan_to_num(targets[..., 0], nan=-1) if target.kind == "class" else targets
    return Sequences(
        inputs, read(lanes, int(struct["batch_lengths"])), targets if target.targets_every_step else targets[:, 0]
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tasks(), st.sampled_from((1, 31, 32, 40)))
def test_a_batch_is_the_one_that_the_task_draws(task, size):
    stack = FusedStack([Trial(job_of(task, batch_size=size), 3)], threads=1)
    rng = stream(3, "training data")
    for _ in range(2):
        stack.advance([1])
        found, expected = last_batch(stack, size), task.sample(rng, size)
        for name in ("inputs", "lengths", "targets"):
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True), name
    assert stack.state(0)["data"]["rng"] == rng.bit_generator.state


@pytest.mark.parametrize(
    "task",
    [Recall(), TemporalOrder(), LongLag(p=7, halves=True), BinaryAddition(2, 4), Echo(), RowDigits()],
    ids=lambda task: type(task).__name__,
)
def test_a_fixed_set_comes_in_the_same_order(task):
    job = job_of(task, batch_size=7, train_set=10, test_sequences=20)
    stack, data = FusedStack([Trial(job, 3)], threads=1), TrainingData(job, 3)
    for steps in (1, 3, 2):
        stack.advance([steps])
        for _ in range(steps):
            expected = data.next_batch()
        found = last_batch(stack, 7)
        valid = np.arange(task.max_length) < expected.lengths[:, None]
        assert np.array_equal(found.inputs[valid], expected.inputs[valid])
        counted = valid if task.target.every_step else slice(None)
        assert np.array_equal(found.targets[counted], expected.targets[counted])
        assert stack.state(0)["data"] == data.state()


def test_a_test_set_of_halves_is_the_one_that_the_task_draws():
    job = job_of(LongLag(p=7, halves=True), test_sequences=45)
    fused, reference = FusedStack([Trial(job, 3)], threads=1), ReferenceStack([Trial(job, 3)])
    ours, theirs = fused.evaluate([0])[0], reference.evaluate([0])[0]
    assert (ours.wrong, ours.loss) == (theirs.wrong, pytest.approx(theirs.loss, rel=1e-5))


def test_an_evaluation_leaves_the_test_generators_where_they_were():
    stack = FusedStack([Trial(job_of(network={"initial_state": "uniform"}), 0)])
    first = stack.evaluate([0])
    generators = stack.trials[0].test, stack.trials[0].test_states
    states = [rng.bit_generator.state for rng in generators]
    assert stack.evaluate([0]) == first
    assert [rng.bit_generator.state for rng in generators] == states
    assert states[0] == stream(0, "test data").bit_generator.state


@dataclass(frozen=True)
class Anything:
    """Arguments of every kind."""

    whole: int
    asked: bool
    broken: float
    table: np.ndarray
    none: np.ndarray | None


def write_arguments(trial, arguments, lanes, symbols):
    lanes[0], lanes[1], lanes[2] = arguments.whole, arguments.asked, arguments.broken
    lanes[3] = float64_at(arguments.table, 3)[2]
    symbols[0] = arguments.none
    trial.steps += 1


@entry
def call(sampler, trials, arguments, lanes, symbols):
    call_sampler(sampler, trials[0], arguments, lanes, symbols)


def test_a_sampler_is_handed_arguments_of_any_kind():
    source = Source(Sampler(write_arguments, Anything), Anything(7, True, 0.5, np.array([1.0, 2.0, 3.5]), None))
    struct, lanes, symbols = np.zeros(1, TRIAL), np.zeros(9, np.float32), np.ones(9, np.int32)
    source.enter(struct[0])
    call(struct[0]["sampler"], struct, struct[0]["arguments"], lanes, symbols)
    assert lanes[:5].tolist() == [7, 1, 0.5, 3.5, 0]
    assert (symbols[0], struct[0]["steps"]) == (0, 1)
    source.set("whole", 8)
    call(struct[0]["sampler"], struct, struct[0]["arguments"], lanes, symbols)
    assert lanes[0] == 8


def test_every_sampler_has_the_name_of_its_tasks_file():
    machinery = {"ahead", "sampler", "batch", "draws", "pcg64", "stored"}
    found = {module.name for module in pkgutil.iter_modules(samplers.__path__)} - machinery
    for name in found:
        importlib.import_module(f"{samplers.__name__}.{name}")
    assert {task.__module__.rpartition(".")[2] for task in SAMPLERS} == found
