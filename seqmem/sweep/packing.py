"""Packs the files of jobs that are done, so that a large sweep takes few files."""

from __future__ import annotations

import contextlib
from pathlib import Path

from seqmem import records
from seqmem.sweep.locks import HeldError, Locks


def pack_job(folder: Path, locks: Locks) -> None:
    """Pack a job's files if it is done; not if another process is at work there, or the disk takes nothing.

    Args:
        folder: The job's, whose lock this process does not hold.
        locks: Takes it meanwhile.
    """
    if not records.is_loose(folder):
        return
    with contextlib.suppress(OSError, HeldError, records.RecordError):  # then its files stay as they are, and whole
        locks.take([folder])
        try:
            if records.read_result(folder).status == "done":
                records.pack(folder)
        finally:
            locks.release(folder)
