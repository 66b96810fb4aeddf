"""The table on the screen, the same as CSV, and the figure."""

from __future__ import annotations

import csv
import datetime
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figure import draw_growth
from benchmarks.row import Row, Spread
from multirun_analysis.figures.style import save

LIBRARIES = ("seqmem", "numpy", "numba", "torch", "jax", "joblib")
WIDTH = 150  # where there is no terminal to fit
FIELDS = (
    "section",
    "what",
    "who",
    "trials",
    "value",
    "value_low",
    "value_high",
    "unit",
    "ratio",
    "ratio_low",
    "ratio_high",
    "share_of_peak",
    "at_least",
    "at_most",
    "holds",
    "note",
)


def print_rows(rows: Sequence[Row]) -> None:
    """Print all rows in one table."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    table = Table(box=None, pad_edge=False, title_justify="left", header_style="bold")
    for name, side in (("", "left"), ("who", "left"), ("trials", "right"), ("measured", "right"), ("", "left")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for name in ("seqmem is faster by", "of peak", "floor"):
        table.add_column(name, justify="right")
    table.add_column("")
    last = ""
    for row in rows:
        if row.what != last and last:
            table.add_row()
        table.add_row(*_format_row(row, show_name=row.what != last), style=None if row.holds is not False else "red")
        last = row.what
    console.print(table)
    missed = [row for row in rows if row.holds is False]
    count = sum(row.holds is not None for row in rows)
    console.print(f"\n{count - len(missed)} of {count} floors reached; {describe_machine()}, {_today()}")


def _format_row(row: Row, show_name: bool) -> list[str]:
    floor = "" if row.at_least is None else f"at least {_format_floor(row, row.at_least)}"
    if row.at_most is not None:
        floor = f"at most {_format_number(row.at_most)}"
    verdict = {None: "", True: "reached", False: "MISSED"}[row.holds]
    return [
        row.what if show_name else "",
        row.who,
        f"{row.trials:,}" if row.trials else "",
        _format_number(row.value.median),
        row.unit,
        _format_spread(row.ratio) if row.ratio else "",
        f"{row.peak:.1%}" if row.peak is not None else "",
        floor,
        f"{verdict} {row.note}".strip(),
    ]


def _format_floor(row: Row, floor: float) -> str:
    if row.ratio is None and row.peak is not None:
        return f"{floor:.0%}"
    return f"{floor:g} x"


def _format_spread(spread: Spread) -> str:
    return f"{_format_number(spread.median)} x ({_format_number(spread.low)} .. {_format_number(spread.high)})"


def _format_number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write_files(rows: Sequence[Row], folder: Path, name: str) -> list[Path]:
    """Write the rows as CSV, and the figure if growth was measured; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.csv"]
    context = {"date": _today(), "machine": describe_machine(), "python": platform.python_version()}
    context |= {library: _find_version(library) for library in LIBRARIES}
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*FIELDS, *context])
        writer.writeheader()
        writer.writerows(_tidy(row) | context for row in rows)
    growth = [row for row in rows if row.section == "growth" and row.trials]
    if growth:
        for kind, content in save(draw_growth(growth)).items():
            paths.append(folder / f"{name}_growth.{kind}")
            paths[-1].write_bytes(content)
    return paths


def _tidy(row: Row) -> dict[str, object]:
    ratio = row.ratio
    return {
        "section": row.section,
        "what": row.what,
        "who": row.who,
        "trials": row.trials,
        "value": f"{row.value.median:.6g}",
        "value_low": f"{row.value.low:.6g}",
        "value_high": f"{row.value.high:.6g}",
        "unit": row.unit,
        "ratio": ratio and f"{ratio.median:.4g}",
        "ratio_low": ratio and f"{ratio.low:.4g}",
        "ratio_high": ratio and f"{ratio.high:.4g}",
        "share_of_peak": None if row.peak is None else f"{row.peak:.4f}",
        "at_least": row.at_least,
        "at_most": row.at_most and f"{row.at_most:.4g}",
        "holds": row.holds,
        "note": row.note,
    }


def describe_machine() -> str:
    """The processor, and how many of its cores this process may use."""
    from seqmem.machine import count_cores

    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {count_cores()} cores"


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def _find_version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
