"""The command `compare`: read folders, print the table, write the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.text import Text

from multirun_analysis.documents.excerpts import BLOCKS, fill
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.findings import Finding, find
from multirun_analysis.documents.page import describe_runs, format_page
from multirun_analysis.documents.rows import read_rows
from multirun_analysis.documents.screen import print_document
from multirun_analysis.documents.table import by_document
from multirun_analysis.folder import check_folder
from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.frames.sweep import Sweep, read_sweep
from multirun_analysis.tables.screen import open_screen, print_lines, print_notes
from seqmem import records

PROGRAM = "multirun_analysis compare"


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    options = _build_parser().parse_args(arguments)
    try:
        with np.errstate(all="ignore"):  # losses of trials that diverged may be infinite
            _compare(options)
    except AnalysisError as error:
        print(f"{PROGRAM}: {records.visible(str(error))}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="Put the figures of the experiments d0 .. d4 and paper1997 beside those that were printed.",
        epilog="Whatever has not been run, or cannot be read, is named in its row.",
    )
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="a sweep's folder, such as multirun")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the table as a Markdown page as well")
    parser.add_argument("--version", action="version", version=f"seqmem {version('seqmem')}")
    parser.add_argument(
        "--fill",
        metavar="FILE",
        type=Path,
        help=f"write the blocks <!-- compare: NAME --> .. <!-- end --> of a Markdown file anew: {', '.join(BLOCKS)}",
    )
    return parser


def _compare(options: argparse.Namespace) -> None:
    sweep = read_sweep(*options.folders)
    if options.out:
        check_folder(options.out.parent)
    expected = read_expected()
    findings = find(read_rows(), sweep, expected)
    filled = fill(_read_text(options.fill), findings, str(options.fill)) if options.fill else ""
    console = open_screen()
    for document, own in by_document(findings):
        print_document(console, document, own)
    print_lines(console, [describe_runs(findings, sweep)])
    if options.out:
        pictures = _write_pictures(findings, sweep, options.out.parent)
        records.write_whole(options.out, format_page(findings, sweep, expected, pictures).encode())
        console.print(Text(f"Written to {options.out}"), soft_wrap=True)
    if options.fill:
        records.write_whole(options.fill, filled.encode())
        console.print(Text(f"Written to {options.fill}"), soft_wrap=True)
    print_notes(list(dict.fromkeys(sweep.notes)))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnalysisError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _write_pictures(findings: Sequence[Finding], sweep: Sweep, folder: Path) -> dict[str, list[str]]:
    """Write the pictures into `figures` in a folder; returns the Markdown of those of each section."""
    from multirun_analysis.documents.pictures.gallery import draw_pictures
    from multirun_analysis.figures.style import save

    lines: dict[str, list[str]] = {}
    for picture, figure in draw_pictures(findings, sweep):
        path = f"figures/{picture.name}.svg"
        records.write_whole(folder / path, save(figure)["svg"])
        lines.setdefault(picture.section, []).append(f"![{picture.caption}]({path})")
    return lines
