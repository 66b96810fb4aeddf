"""What reproduces a result, beside its config: versions, processor, command line, revisions."""

from __future__ import annotations

import contextlib
import functools
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from seqmem.engines.choose import Choice
from seqmem.machine import processor_name
from seqmem.records.sources import LIBRARIES, find_modules

CHECKOUT = Path(__file__).resolve().parents[2]  # of seqmem itself, where it is one
PATIENCE_S = 2.0  # for git, which looks at every file of a working tree

_kept: Sequence[str] | None = None  # the command line's arguments, while `sys.argv` holds others


@functools.cache
def read_versions() -> dict[str, str]:
    """Versions of Python, seqmem and the libraries that compute."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def describe_origin(choice: Choice, classes: Iterable[type] = ()) -> dict[str, str]:
    """Where and when a result was made: what may make its bytes differ, and what finds it again.

    processor, vectors: Name of the processor, and the width of the vectors that it computed with.
    system: Operating system and machine.
    command: The command line.
    revision: Of the git repositories that the classes are in which are not seqmem's, if any;
        `-dirty` where files were changed.
    seqmem_revision: Of seqmem's own checkout, if it runs from one.
    written: When, in UTC.

    Args:
        choice: What computes.
        classes: Those of the task and the model.
    """
    files = [module.path for cls in classes for module in find_modules(cls) if module.path and not module.is_installed]
    revisions = {"revision": ", ".join(dict.fromkeys(filter(None, (read_revision(path.parent) for path in files))))}
    if (CHECKOUT / ".git").exists():
        revisions["seqmem_revision"] = read_revision(CHECKOUT) or ""
    return {
        "processor": processor_name(),
        "vectors": choice.engine.vector_width(),
        "system": platform.platform(),
        "command": read_command(),
        **{key: revision for key, revision in revisions.items() if revision},
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def read_command() -> str:
    """The command line, as a shell reads it."""
    program = Path(sys.argv[0])
    own = program.stem in ("train", "reproduce", "__main__") and program.resolve().is_relative_to(CHECKOUT)
    module = ".".join(program.resolve().relative_to(CHECKOUT).with_suffix("").parts) if own else ""
    start = ["python", "-m", module.removesuffix(".__main__")] if own else [program.name]
    return shlex.join([*start, *read_typed_arguments()])


def read_typed_arguments() -> Sequence[str]:
    """The arguments of the command line, as typed."""
    return sys.argv[1:] if _kept is None else _kept


@contextlib.contextmanager
def keep_arguments(arguments: Sequence[str]) -> Iterator[None]:
    """Let `arguments` count as those of the command line, while `sys.argv` holds others."""
    global _kept
    _kept = arguments
    try:
        yield
    finally:
        _kept = None


@functools.cache
def read_revision(folder: Path) -> str | None:
    """The commit of the repository that a folder is in; None where there is none, or no git."""
    command = ["git", "-c", "core.fsmonitor=false", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        finished = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.strip() or None
