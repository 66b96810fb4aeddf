"""The folder that a report is written into: all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from multirun_analysis.frames.jobs import AnalysisError
from seqmem import records


def check_folder(folder: Path) -> None:
    """See, before there is anything to write, whether it can be written into a folder.

    Raises:
        AnalysisError: if it cannot, or if the folder belongs to a job.
    """
    for parent in (folder, *folder.resolve().parents):
        if (parent / records.RESULT).exists():
            raise AnalysisError(f"{folder}: belongs to the job in {parent}; choose another folder with --out")
    found = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())
    if not found.is_dir():
        why = "File exists" if found == folder.resolve() else "Not a directory"
        raise AnalysisError(f"{folder}: cannot be written: {why}")
    if not os.access(found, os.W_OK):
        raise AnalysisError(f"{folder}: cannot be written: Permission denied; choose another folder with --out")


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder: all of them or, if that fails, none.

    Raises:
        AnalysisError: if the folder cannot be written, or belongs to a job.
    """
    check_folder(folder)
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    staged: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        for name, content in files.items():
            (staged / name).write_bytes(content)
        for name in files:
            (staged / name).replace(folder / name)
    except OSError as error:
        for parent in missing:
            shutil.rmtree(parent, ignore_errors=True)
        raise AnalysisError(f"{folder}: cannot be written: {error.strerror or error}") from None
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
