import pytest

from seqmem.console.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock) -> Pace:
    return Pace(1000, clock)


def pass_sequences(pace: Pace, clock: Clock, seconds: float, sequences: int) -> None:
    clock.now += seconds
    pace.advance(sequences)


def test_nothing_is_known_before_sequences_have_passed(pace, clock):
    clock.now += 3
    assert pace.left_s is None


def test_the_rest_takes_as_long_as_what_has_passed(pace, clock):
    pass_sequences(pace, clock, 2, 100)
    assert pace.left_s == 18


def test_building_and_compiling_are_left_out(pace, clock):
    pace.build()
    clock.now += 30
    pace.train()
    pass_sequences(pace, clock, 2, 100)
    assert pace.left_s == 18


def test_the_time_left_counts_down_where_nothing_else_changes(pace, clock):
    pass_sequences(pace, clock, 2, 100)
    seen = []
    for _ in range(30):
        clock.now += 1
        seen.append(pace.left_s)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == 17
    assert seen[-1] == 0


def test_the_time_left_stands_still_while_a_stack_is_built(pace, clock):
    pass_sequences(pace, clock, 2, 100)
    pace.build()
    clock.now += 5
    assert pace.left_s == 18


def test_what_a_trial_spares_is_no_longer_waited_for(pace, clock):
    pass_sequences(pace, clock, 2, 100)
    pace.spare(400)
    assert pace.left_s == 10


def test_only_what_was_announced_counts_as_compiling(pace, clock):
    for announced in (False, True):
        pace.build()
        if announced:
            pace.announce_compiling()
        clock.now += 4
        pace.train()
    assert (pace.building_s, pace.compiling_s) == (8, 4)


def test_what_is_compiled_outside_of_a_build_is_not_counted(pace, clock):
    pace.announce_compiling()
    pass_sequences(pace, clock, 2, 100)
    assert pace.compiling_s == 0
