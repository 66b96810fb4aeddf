"""The command: read folders, print the table, write the files."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text

from multirun_analysis.conclusions.family import compare
from multirun_analysis.conclusions.folders import describe_folders
from multirun_analysis.conclusions.sentences import METHOD, conclude
from multirun_analysis.folder import check_folder, write_files
from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.summary import summarise
from multirun_analysis.frames.sweep import Sweep, read_sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.report import build_report, build_tables, describe
from multirun_analysis.tables.parquet import MISSING, has_parquet
from multirun_analysis.tables.pivot import METRICS, Pivot, pivot
from multirun_analysis.tables.screen import open_screen, print_lines, print_notes, print_table
from multirun_analysis.tables.tables import format_summary
from seqmem import records

PROGRAM = "multirun_analysis"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _build_parser().parse_args(arguments)
    try:
        _watch(options) if options.watch else _report(options)
    except AnalysisError as error:
        print(f"{PROGRAM}: {records.visible(str(error))}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="Compare the settings of one or several sweeps: a table on the screen, a page and figures in OUT.",
        epilog="Reads whatever is finished and says what is not. Job folders are never changed. "
        "Keys are those of the config, in full or short: model, hidden, optimizer.lr or lr. "
        "For the table of the documents: python -m multirun_analysis compare --help.",
    )
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="a sweep's folder, or a job's")
    parser.add_argument(
        "--out",
        type=Path,
        help="where to write (default: DIR/analysis in the first DIR, or DIR-analysis beside it where DIR is one job)",
    )
    parser.add_argument(
        "--where", metavar="KEY=VALUE", action="append", default=[], type=_read_pair, help="only these jobs; repeatable"
    )
    parser.add_argument("--compare", metavar="KEY", help="compare the values of this key only, such as model")
    parser.add_argument("--rows", metavar="KEYS", type=_read_keys, default=[], help="pivot table: what goes down")
    parser.add_argument("--columns", metavar="KEYS", type=_read_keys, default=[], help="pivot table: what goes across")
    parser.add_argument(
        "--by", metavar="KEYS", type=_read_keys, default=[], help="short for --rows and --columns: the last goes across"
    )
    parser.add_argument(
        "--metric", metavar="NAME", choices=METRICS, help=f"what is in its cells: {', '.join(METRICS)} (error_rate)"
    )
    parser.add_argument(
        "--watch", action="store_true", help="show how far the jobs have come until all have ended; writes nothing"
    )
    parser.add_argument(
        "--page", action="store_true", help="with --watch: keep OUT/report.html fresh, which a browser reads anew"
    )
    parser.add_argument(
        "--style", metavar="FILE", type=Path, help="a style sheet of matplotlib's for the figures (as paper.mplstyle)"
    )
    parser.add_argument("--version", action="version", version=f"seqmem {version('seqmem')}")
    return parser


def _watch(options: argparse.Namespace) -> None:
    for name in ("out", "where", "compare", "rows", "columns", "by", "metric", "style"):
        if getattr(options, name) and not (name == "out" and options.page):
            raise AnalysisError(f"--watch shows all jobs and writes no tables: leave out --{name}")
    from multirun_analysis.watching.watch import watch

    if not options.page:
        watch(options.folders, open_screen())
        return
    from multirun_analysis.watching.page import PAGE, LivePage

    out = options.out or _default_out(options.folders[0])
    check_folder(out)
    print_notes([f"page: {out / PAGE}"])
    watch(options.folders, open_screen(), on_look=LivePage(options.folders, out).update)


def _read_keys(text: str) -> list[str]:
    return [key.strip() for key in text.split(",")]


def _read_pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, got {text}")
    return key, value


def _default_out(folder: Path) -> Path:
    job = (folder / records.RESULT).exists()
    out = folder.resolve().with_name(f"{folder.resolve().name}-analysis") if job else folder / "analysis"
    if out.is_symlink():
        raise AnalysisError(f"{out}: is a link, which is not followed; choose another folder with --out")
    return out


def _report(options: argparse.Namespace) -> None:
    if options.page:
        raise AnalysisError("--page needs --watch; the page is written without it as well")
    out = options.out or _default_out(options.folders[0])
    sweep = read_sweep(*options.folders, where=dict(options.where))
    if not sweep.trials["status"].isin(FINISHED).any():
        notes = f" ({'; '.join(sweep.notes)})" if sweep.notes else ""
        raise AnalysisError(f"{', '.join(map(str, options.folders))}: no trial is finished yet{notes}")
    summary, comparisons = summarise(sweep), compare(sweep, options.compare)
    conclusions = [*describe_folders(sweep, options.folders), *conclude(sweep, summary, comparisons)]
    rows = options.rows or options.by[:-1] or options.by
    columns = options.columns or options.by[len(rows) :]
    if not rows and (columns or options.metric):
        raise AnalysisError("a pivot table needs --rows or --by")
    pivots = pivot(sweep, summary, rows, columns, options.metric or "error_rate") if rows else []
    check_folder(out)
    if options.style:
        _use_style(options.style)
    console = open_screen()
    _print(console, sweep, summary, conclusions, pivots)  # at once, and then the tables: figures take longer
    write_files(build_tables(sweep, summary, comparisons, conclusions, pivots), out)
    with _show_drawing() as on_figure:
        files = build_report(sweep, summary, comparisons, conclusions, pivots, on_figure)
    write_files(files, out)
    print_notes(sweep.notes)
    tables = [name for name in files if name.endswith((".html", ".md", ".tex", ".csv", ".parquet"))]
    figures = [name.removesuffix(".png") for name in files if name.endswith(".png")]
    console.print()
    if figures:
        print_lines(console, [f"Figures (.svg, .pdf, .png): {', '.join(figures)}"])
    written = f"Written to {records.visible(str(out))} ({', '.join(tables)} and {len(figures)} figures)"
    console.print(Text(written), soft_wrap=True)
    if not has_parquet():
        console.print(Text(MISSING, style="dim"))


def _use_style(path: Path) -> None:
    from multirun_analysis.figures.style import use_style

    try:
        use_style(path)
    except ValueError as error:
        raise AnalysisError(str(error)) from None


@contextlib.contextmanager
def _show_drawing() -> Iterator[Callable[[str], None]]:
    """Show in a terminal what is being drawn, after the tables have been written."""
    console = Console(stderr=True, highlight=False)
    with console.status("tables are written; drawing", refresh_per_second=4) as status:
        drawn: list[str] = []

        def on_figure(name: str) -> None:
            drawn.append(name)
            status.update(f"tables are written; drawing figure {len(drawn)}: {name}")

        yield on_figure


def _print(
    console: Console, sweep: Sweep, summary: pd.DataFrame, conclusions: Sequence[str], pivots: Sequence[Pivot]
) -> None:
    """Print tables and conclusions."""
    print_table(console, format_summary(sweep, summary))
    for table in pivots:
        console.print(Text(f"\n{table.title}\n", style="bold"))
        print_table(console, table.columns)
    console.print()
    print_lines(console, describe(sweep, summary))
    if conclusions:
        console.print()
        print_lines(console, conclusions)
        console.print()
        print_lines(console, [METHOD], style="dim")
    console.file.flush()
