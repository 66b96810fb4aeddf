import io

import pytest
from rich.console import Console

from seqmem.console.pace import Pace
from seqmem.console.status import Status, fill, format_clock, shorten_number


def make_status() -> Status:
    """Far into a large sweep, with all that there may be to say."""
    times = iter([0.0, 100.0, 100.0, *[3725.0] * 20])
    pace = Pace(34_560_000, lambda: next(times))
    pace.advance(10_000_000)
    status = Status(1200, 12_000, pace)
    status.jobs, status.trials, status.solved, status.diverged, status.failed = 312, 3120, 1870, 17, 2
    return status


def draw(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(make_status())
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_cut_at_any_width(width):
    lines = draw(width)
    text = " ".join(line.rstrip("\u2501\u2500# -") for line in lines)
    assert text.startswith("1:02:05 ")
    assert [part.strip() for part in text.removeprefix("1:02:05 ").split(", ")] == make_status().list_parts()
    assert max(map(len, lines)) <= width


def test_a_wide_screen_has_one_line_with_a_bar():
    (line,) = draw(200)
    assert "\u2501" in line or "#" in line


def test_a_single_job_is_not_counted():
    assert not any("jobs" in part for part in Status(1, 10, Pace(100)).list_parts())


def test_parts_that_fit_share_a_line():
    assert fill(["0:01 ", "solved 2", "at most 0:03 left"], 15) == ["0:01 solved 2,", "at most 0:03 left"]


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (3725, "1:02:05")])
def test_times_are_shown_as_a_clock_shows_them(seconds, shown):
    assert format_clock(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (999, "999"), (3_400_000, "3.40M"), (34_560_000, "34.6M"), (999_900, "1.00M")]
)
def test_numbers_have_three_digits(number, shown):
    assert shorten_number(number) == shown
