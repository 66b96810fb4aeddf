"""`python -m seqmem.reproduce JOB_DIR`: run a job again, and say whether its files are the same."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from seqmem import __version__, records
from seqmem.config.build import ConfigError
from seqmem.config.errors import one_line
from seqmem.output import visible
from seqmem.records.provenance import describe_origin, read_versions
from seqmem.reproduce.differences import compare_folders
from seqmem.reproduce.rerun import read_job, rerun
from seqmem.sweep import SOURCES, Setting

COMPARED = ("processor", "vectors", "system", "seqmem_revision", "revision")  # of an origin


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns 0 where all is the same, 1 where anything differs, 2 for bad input."""
    options = _parse(arguments)
    with ExitStack() as stack:
        out = options.out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seqmem-reproduce-"))) / "job"
        try:
            if (out / records.RESULT).exists():
                raise ConfigError(f"--out={out} holds a result already; choose another folder")
            result = records.read_result(options.folder)
            setting = read_job(options.folder, result, options.trust, out, options.threads)
        except (ConfigError, records.RecordError) as error:
            print(f"seqmem: {one_line(str(error))}", file=sys.stderr)  # noqa: T201
            return 2
        try:
            rerun(setting)
            differences = compare_folders(options.folder, out)
        except (OSError, records.RecordError) as error:
            print(f"seqmem: {one_line(str(error))}", file=sys.stderr)  # noqa: T201
            return 2
        except Exception as error:
            print(f"seqmem: the job fails here: {one_line(f'{type(error).__name__}: {error}')}", file=sys.stderr)  # noqa: T201
            return 1
    for difference in differences:
        print(visible(f"{difference.file:<20}  {difference.how or 'same'}"))  # noqa: T201
    if not any(difference.how for difference in differences):
        print("Identical, except for timings.")  # noqa: T201
        return 0
    print(_explain(result, setting))  # noqa: T201
    return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seqmem.reproduce", description=__doc__)
    parser.add_argument("folder", metavar="JOB_DIR", type=Path, help="a folder with a result.json")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the new result there, instead of nowhere")
    parser.add_argument("--trust", action="store_true", help="run classes from outside of seqmem that it names")
    parser.add_argument("--threads", metavar="N", type=int, help="cores to use, instead of all")
    parser.add_argument("--version", action="version", version=f"seqmem {__version__}")
    return parser.parse_args(arguments)


def _explain(result: records.Result, setting: Setting) -> str:
    """What else is not as it was: the likely cause of a difference."""
    then: Mapping[str, Any] = {**result.config, **result.versions, **result.origin}
    now: Mapping[str, Any] = {**setting.config, **read_versions(), **describe_origin(setting.choice, setting.classes)}
    lines = [
        visible(f"  {key}: {then.get(key, 'not known')} then, {now.get(key, 'not known')} now")
        for key in (*SOURCES, *read_versions(), *COMPARED)
        if then.get(key) != now.get(key)
    ]
    if result.fingerprint != setting.fingerprint and not any(then.get(key) != now.get(key) for key in SOURCES):
        lines.append("  fingerprint: the config means something else now, or was changed")
    return "\n".join(["Not the same here:", *lines]) if lines else "Versions and processor are the same."


if __name__ == "__main__":
    sys.exit(main())
