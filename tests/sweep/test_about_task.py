import numpy as np
import pytest

import seqmem
from seqmem import records
from seqmem.sweep.about_task import describe_task
from seqmem.tasks import Recall, Sequences, Target, Task
from seqmem.training.trainer import choose_traced, draw_samples
from tests.sweep.sweeping import run, sweep


class Halves(Task):
    """Of three answers the first is right in half of the sequences."""

    input_size, max_length, target = 4, 3, Target("class", 3)

    def sample(self, rng, n):
        inputs = (4 * rng.random((n, 3))).astype(np.uint8)
        return Sequences(inputs, np.full(n, 3), np.arange(n) % 4 // 2 * (1 + np.arange(n) % 2))

    def telling_steps(self, inputs):
        return [2, 7]


class Broken(Halves):
    def telling_steps(self, inputs):
        raise RuntimeError


def make_job(task) -> seqmem.Job:
    return seqmem.Job(seqmem.Network(task, seqmem.cells.RNN(), hidden=2), test_sequences=400)


def test_chance_of_a_task_of_ones_own_is_measured_on_its_test_set():
    assert describe_task(make_job(Halves()))["chance"] == 0.5


def test_chance_of_a_built_in_task_is_left_to_who_asks_for_it():
    assert "chance" not in describe_task(make_job(Recall()))


def test_steps_that_are_not_there_do_not_tell():
    assert describe_task(make_job(Halves()))["telling"] == [2]


def test_what_a_task_fails_of_is_left_out():
    assert set(describe_task(make_job(Broken()))) == {"chance"}


def test_the_steps_are_those_of_the_sequence_that_is_traced():
    job = make_job(Recall(index=2))
    traced = choose_traced(draw_samples(job, job.seed))
    about = describe_task(job)
    assert about["steps"] == [str(symbol) for symbol in traced.inputs[0][: traced.lengths[0]]]
    assert about["telling"] == [2]


def test_a_result_tells_of_its_task(tmp_path):
    (setting,) = sweep(tmp_path, [])
    run([setting])
    result = records.read_result(setting.folder)
    assert result.telling == [1]
    assert len(result.steps) == len({row["step"] for row in records.read_trace(setting.folder)})


@pytest.mark.parametrize(
    ("task", "inputs", "steps"),
    [
        (seqmem.tasks.Recall(index=2), [4, 7, 0, 2], [2]),
        (seqmem.tasks.LongLag(p=5), [5, 0, 1, 2, 3], [0]),
        (seqmem.tasks.TemporalOrder(), [0, 1, 5, 3, 6, 5, 7], [2, 4, 5]),
        (seqmem.tasks.Echo(), [1, 0], []),
    ],
)
def test_a_task_says_which_steps_matter(task, inputs, steps):
    assert task.telling_steps(np.array(inputs)) == steps
