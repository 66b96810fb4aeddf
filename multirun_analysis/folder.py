"""The folder that a report is written into: all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from multirun_analysis.frames.jobs import AnalysisError
from seqmem import records

STAGED = ".new-"  # begins the name of a folder whose files are not in their places yet


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with records.alone(folder) as known:
            if known:  # then nobody is at work there, and these were left by reports that were killed
                for left in folder.glob(f"{STAGED}*"):
                    shutil.rmtree(left, ignore_errors=True)
            _write_staged(files, folder)
    except OSError as error:
        for parent in missing:
            shutil.rmtree(parent, ignore_errors=True)
        raise AnalysisError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _write_staged(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files beside their places, and then put them there."""
    staged = Path(tempfile.mkdtemp(prefix=STAGED, dir=folder))
    try:
        for name, content in files.items():
            (staged / name).write_bytes(content)
        for name in files:
            (staged / name).replace(folder / name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
