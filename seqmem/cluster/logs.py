"""What the shares of a sweep write to standard error, in the folder of the sweep."""

from __future__ import annotations

from pathlib import Path

from seqmem.records.job_arrays import FOLDER


def log_path(folder: Path | None, name: str) -> Path:
    """What a share writes to standard error, in the folder of a sweep."""
    return (folder or Path()) / FOLDER / f"{name}.log"


def read_last_line(path: Path) -> str:
    """What a share has said last."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4000))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return f"nothing is in {path}"
    own = [line.strip() for line in lines if line.strip() and not line.startswith(("srun: ", "slurmstepd"))]
    return own[-1] if own else f"nothing is in {path}"
