"""Measures on the command line: `python -m benchmarks [section ..] [--quick]`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import growth, own, peak, scale, speed, start, threads
from benchmarks.fresh import ProgramError
from benchmarks.grids import make_grids
from benchmarks.report import print_rows, write_files
from benchmarks.row import Effort, Row
from seqmem.machine import count_cores

OTHERS = {
    "growth": growth.measure,
    "peak": peak.measure,
    "threads": threads.measure,
    "own": own.measure,
    "start": start.measure,
    "scale": scale.measure,
}
SECTIONS = [*dict.fromkeys(grid.section for grid in make_grids()), *OTHERS]
QUICK = Effort(rounds=1, turn_s=0.02, threads=count_cores(), quick=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for, print the table and write the files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures seqmem and its rivals.")
    parser.add_argument("section", nargs="*", help=f"what to measure: {', '.join(SECTIONS)}; everything unless given")
    parser.add_argument("--quick", action="store_true", help="see in seconds that everything runs; measures nothing")
    parser.add_argument("--rounds", type=int, default=5, help="how often everyone has a turn (%(default)s)")
    parser.add_argument("--turn", type=float, default=0.5, help="seconds of a turn, about (%(default)s)")
    parser.add_argument("--output", type=Path, help="folder for the files (benchmarks/results; none with --quick)")
    given = parser.parse_args(arguments)
    sections = given.section or SECTIONS
    if unknown := sorted(set(sections) - set(SECTIONS)):
        parser.error(f"section must be one of {', '.join(SECTIONS)}, got {', '.join(unknown)}")
    if given.rounds < 1:
        parser.error(f"rounds must be at least 1, got {given.rounds}")
    os.environ.setdefault("OMP_NUM_THREADS", str(count_cores()))
    effort = QUICK if given.quick else Effort(given.rounds, given.turn, count_cores())
    rows, failed = measure(sections, effort)
    print_rows(rows)
    output = given.output or (None if given.quick else Path(__file__).parent / "results")
    if output:
        name = "bench" if set(sections) == set(SECTIONS) else "_".join(sections)
        for path in write_files(rows, output, name):
            print(path)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def measure(sections: Sequence[str], effort: Effort) -> tuple[list[Row], list[str]]:
    """The rows of some sections, told about as they come, and which sections failed."""
    most = peak.measure_peak(5 if effort.quick else 100)
    rows: list[Row] = []
    failed = []
    for section in sections:
        began = time.perf_counter()
        try:
            rows += OTHERS[section](effort, most) if section in OTHERS else speed.measure(section, effort, most)
        except ProgramError as error:
            print(f"{section}: {error}", file=sys.stderr)
            failed.append(section)
        print(f"{section}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return rows, failed


if __name__ == "__main__":
    main()
