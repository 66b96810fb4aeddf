import io

import pytest
from rich.console import Console

from seqmem.console.track import track


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def track_all(clock: list[float], total: int, seconds: float, terminal: bool = False) -> str:
    """What is written while as many items pass, each in so many seconds."""
    file = io.StringIO()
    for _ in track(range(total), total, "jobs checked", Console(file=file, force_terminal=terminal, highlight=False)):
        clock[0] += seconds
    return file.getvalue()


def test_many_items_that_take_long_are_told_from_the_first_second_on(clock):
    lines = track_all(clock, total=2000, seconds=0.01).splitlines()
    assert lines == ["50 of 2,000 jobs checked", "1,050 of 2,000 jobs checked", "2,000 of 2,000 jobs checked"]


@pytest.mark.parametrize(("total", "seconds"), [(99, 1.0), (2000, 1e-5), (0, 1.0)])
def test_few_items_and_quick_ones_pass_without_a_word(total, seconds, clock):
    assert track_all(clock, total, seconds) == ""


def test_in_a_terminal_one_line_says_how_far(clock):
    shown = track_all(clock, total=200, seconds=0.05, terminal=True)
    assert shown.count("\n") == 1
    assert shown.count("\r") > 50
    assert shown.endswith("200 of 200 jobs checked\n")


def test_every_item_passes_in_its_order(clock):
    assert list(track(iter(range(500)), 500, "jobs")) == list(range(500))
