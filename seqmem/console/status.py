"""How a sweep stands, in as many lines as the screen is narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.text import Text

from seqmem.console.pace import Pace

SHORTEST_BAR, LONGEST_BAR = 10, 40  # columns


class Status:
    """Counts and times of a sweep; rich shows it, and what it shows is up to date whenever it is drawn."""

    def __init__(self, jobs: int, trials: int, pace: Pace) -> None:
        self.total_jobs, self.total_trials = jobs, trials
        self.jobs = self.trials = self.solved = self.diverged = self.failed = 0
        self.pace = pace

    def list_parts(self) -> list[str]:
        """What there is to say, in its order: `trials 31/60`, `solved 12`, .."""
        pace = self.pace
        parts = ["compiling" if pace.compiling else "getting ready"] if pace.building else []
        parts += [f"jobs {self.jobs:,}/{self.total_jobs:,}"] if self.total_jobs > 1 else []
        parts += [f"trials {self.trials:,}/{self.total_trials:,}", f"solved {self.solved:,}"]
        parts += [f"diverged {self.diverged:,}"] if self.diverged else []
        parts += [f"failed {self.failed:,}"] if self.failed else []
        parts.append(f"{100 * pace.share:.0f} % of {shorten_number(pace.budget)} sequences")
        if pace.rate:
            parts.append(f"{shorten_number(pace.rate)} sequences/s")
        if pace.left_s is not None:
            parts.append(f"at most {format_clock(pace.left_s)} left")
        return parts

    def format_line(self) -> str:
        """All of it in a line."""
        return f"{format_clock(self.pace.elapsed_s)} {', '.join(self.list_parts())}"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        lines = fill([f"{format_clock(self.pace.elapsed_s)} ", *self.list_parts()], options.max_width)
        bar = min(LONGEST_BAR, options.max_width - len(lines[-1]) - 2)
        for line in lines[:-1]:
            yield Text(line, no_wrap=True)
        yield Text(lines[-1], no_wrap=True).append_text(self._draw_bar(bar, console.encoding))

    def _draw_bar(self, width: int, encoding: str) -> Text:
        if width < SHORTEST_BAR:
            return Text()
        full, rest = ("\u2501", "\u2500") if encoding.startswith("utf") else ("#", "-")
        done = int(width * self.pace.share)
        return Text("  ").append(full * done, "green").append(rest * (width - done), "dim")


def fill(parts: Sequence[str], width: int) -> list[str]:
    """Parts, with commas between them but for the first, in lines of a width; none is broken that fits a line."""
    lines = [parts[0]]
    for index, part in enumerate(parts[1:], 1):
        comma = "," if index + 1 < len(parts) else ""
        begins = not lines[-1] or lines[-1].endswith(" ")
        if len(lines[-1]) + (not begins) + len(part) + len(comma) <= width:
            lines[-1] += f"{'' if begins else ' '}{part}{comma}"
        else:
            lines.append(part + comma)
    return lines


def format_clock(seconds: float) -> str:
    """A time as a clock shows it: `0:07`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shorten_number(number: float) -> str:
    """A number in three digits: `34.6M`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 0.9995 * size:
            value = number / size
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}{letter}"
    return f"{number:.0f}"
