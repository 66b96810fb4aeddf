"""How many trials a stack may have."""

import pytest

from seqmem import cells, tasks
from seqmem.engines.choose import ENGINES
from seqmem.engines.footprint import Footprint, count_fitting, size_stack
from seqmem.job.job import Job
from seqmem.job.network import Network

GB = 10**9


def make_job(hidden: int, **values) -> Job:
    return Job(Network(tasks.Recall(), cells.RNN(), (hidden,)), **values)


@pytest.fixture(params=ENGINES, ids=lambda kind: kind.name)
def engine(request):
    return request.param(threads=2)


def test_a_stack_takes_what_its_trials_take_and_the_largest_of_what_there_is_one_of():
    small, large = Footprint(1, 10, 0, 100, 1000), Footprint(2, 15, 0, 150, 900)
    assert size_stack([(small, 1)], threads=2) == 1 + 10 + 100 + 1000
    assert size_stack([(small, 3), (large, 1)], threads=2) == 3 + 2 + 30 + 2 * 150 + 1000


def test_trials_of_the_job_that_fits_in_part_are_counted():
    small, large = Footprint(1, 0, 0, 0, 0), Footprint(10, 0, 0, 0, 0)
    assert count_fitting([(small, 3), (large, 5), (small, 9)], 1, free=25) == 5


@pytest.mark.parametrize("free", [0, 5])
def test_one_trial_is_always_tried(free):
    assert count_fitting([(Footprint(10, 0, 0, 0, 0), 5)], 1, free) == 1


def test_no_trials_are_no_stack():
    assert count_fitting([], 1, free=5) == 0


@pytest.mark.parametrize("free", [2e8, 4e8])
def test_the_trials_that_fit_do_and_one_more_does_not(engine, free):
    job, other = make_job(700, trials=5), make_job(1000)
    count = engine.count_fitting([(job, 5), (other, 900)], free)
    parts = [(job, min(count, 5)), (other, max(count - 5, 0))]
    assert 1 < count < 905
    assert engine.estimate_memory(parts) <= free
    more = [(job, min(count + 1, 5)), (other, max(count - 4, 0))]
    assert engine.estimate_memory(more) > free


def test_five_thousand_widths_are_cut_into_stacks_that_fit(engine):
    parts = [(make_job(hidden), 1) for hidden in range(1, 5000)]
    assert engine.estimate_memory(parts) > 500 * GB
    sizes = []
    while parts:
        count = engine.count_fitting(parts, 2 * GB)
        sizes.append(count)
        assert count == 1 or engine.estimate_memory(parts[:count]) <= 2 * GB
        parts = parts[count:]
    assert sum(sizes) == 4999
    assert sizes == sorted(sizes, reverse=True)  # the wider, the fewer
    assert sizes[0] > 200


def test_a_trial_takes_its_weights_at_least(engine):
    job = make_job(100)
    assert engine.estimate_memory([(job, 7)]) > 4 * job.network.num_parameters * 7
