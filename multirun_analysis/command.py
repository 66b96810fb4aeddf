"""The command: read folders, print the table, write the files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from multirun_analysis.comparison import compare, write_totals
from multirun_analysis.jobs import AnalysisError
from multirun_analysis.report import TEST, build_report, describe_constants, describe_followers, write_files
from multirun_analysis.screen import MOST_LINES, open_screen, print_lines, print_notes, print_table
from multirun_analysis.summary import summarise
from multirun_analysis.sweep import read_sweep
from multirun_analysis.tables import write_summary
from multirun_analysis.trials import FINISHED
from seqmem import records

PROGRAM = "multirun_analysis"
EACH = "Each with its p-value in comparisons.csv."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _build_parser().parse_args(arguments)
    try:
        _report(options.folders, options.out or _default_out(options.folders[0]))
    except AnalysisError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except BrokenPipeError:
        return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="Compare the points of one or several sweeps: a table on the screen, files and figures in OUT.",
        epilog="Reads whatever is finished and says what is not. Job folders are never changed.",
    )
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="a sweep's folder, or a job's")
    parser.add_argument(
        "--out",
        type=Path,
        help="where to write (default: DIR/analysis in the first DIR, or DIR-analysis beside it where DIR is one job)",
    )
    return parser


def _default_out(folder: Path) -> Path:
    if (folder / records.RESULT).exists():
        return folder.resolve().with_name(f"{folder.resolve().name}-analysis")
    return folder / "analysis"


def _report(folders: Sequence[Path], out: Path) -> None:
    sweep = read_sweep(*folders)
    if not sweep.trials["status"].isin(FINISHED).any():
        notes = "; ".join(sweep.notes)
        raise AnalysisError(f"{', '.join(map(str, folders))}: no trial is finished yet{notes and f' ({notes})'}")
    summary, comparison = summarise(sweep), compare(sweep)
    files = build_report(sweep, summary, comparison)
    write_files(files, out)

    console = open_screen()
    print_table(console, write_summary(sweep, summary))
    console.print()
    about = [line for line in (describe_constants(sweep), *describe_followers(sweep)) if line]
    print_lines(console, about)
    if len(comparison):
        console.print()
        each = list(comparison["text"])
        print_lines(console, each if len(each) <= MOST_LINES else [*write_totals(comparison), EACH])
        print_lines(console, [TEST], style="dim")
    if sweep.notes:
        print_notes(sweep.notes)
    console.print()
    console.print(Text(f"Written to {out} ({', '.join(files)})"), soft_wrap=True)
