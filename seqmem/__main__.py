"""`seqmem`, or `python -m seqmem`: the sweep that README.md begins with, and its table."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys

from seqmem import __version__

COMMANDS = (
    ("seqmem.train", "-m", "model=rnn,lstm", "hidden=2,5,10"),
    ("multirun_analysis", "multirun/recall"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the two commands one after the other, and show them; returns the exit code of the last one that ran."""
    shown = [f"  {_show(command)}" for command in COMMANDS]
    parser = argparse.ArgumentParser(
        prog="seqmem",
        description="\n".join(["Run the first sweep of README.md in this folder, and print its table:", *shown]),
        epilog="Every other sweep is such a pair of commands; python -m seqmem.train --help says what there is.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"seqmem {__version__}")
    parser.parse_args(arguments)
    for command in COMMANDS:
        print(f"$ {_show(command)}", file=sys.stderr)  # noqa: T201
        code = subprocess.run([sys.executable, "-m", *command], check=False).returncode  # noqa: S603
        if code:
            break
    return code


def _show(command: tuple[str, ...]) -> str:
    return shlex.join(["python", "-m", *command])


if __name__ == "__main__":
    sys.exit(main())
