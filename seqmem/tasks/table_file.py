"""Tables from CSV, Parquet and npz files, by columns."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import show, suggest

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".csv", ".parquet", ".npz")


@dataclass(frozen=True, eq=False)
class TableFile:
    """A table, and a hash of the file that it was read from."""

    name: str
    frame: pd.DataFrame
    digest: str

    def column(self, key: str, name: str) -> pd.Series:
        """A column without gaps.

        Args:
            key: Of the config that names it, for messages.
            name: Its name.
        Raises:
            ValueError: if there is none, or it has gaps.
        """
        if name not in self.frame.columns:
            raise ValueError(f"{key} must name columns of {self.name}, got {show(name)}{suggest(name, self.columns)}")
        column = self.frame[name]
        if column.isna().any():
            raise ValueError(f"{key} must name columns without gaps, but {name} of {self.name} has some")
        return column

    def numbers(self, key: str, names: Sequence[str]) -> NDArray[np.float64]:
        """Columns of finite numbers, (rows, columns); arguments and errors as for `column`."""
        if not names:
            raise ValueError(f"{key} must name at least one column of {self.name}")
        columns = []
        for name in names:
            try:
                columns.append(self.column(key, name).to_numpy().astype(np.float64))
            except (TypeError, ValueError) as error:
                if str(error).startswith(key):
                    raise
                raise ValueError(f"{key} must name columns of numbers, but {name} of {self.name} has others") from None
            if not np.isfinite(columns[-1]).all():
                raise ValueError(f"{key} must name columns of finite numbers, but {name} of {self.name} has others")
        return np.stack(columns, axis=1)

    @property
    def columns(self) -> list[str]:
        return [str(name) for name in self.frame.columns]


def read_table_file(file: str) -> TableFile:
    """Read a table; the last few are kept as long as their files do not change.

    Raises:
        ValueError: if there is no such file, or it is no table.
    """
    path = Path(file).expanduser()
    if path.suffix not in KINDS:
        raise ValueError(f"file must end in {', '.join(KINDS)}, got {show(file)}")
    try:
        status = path.stat()
    except OSError as error:
        raise ValueError(f"file={file} cannot be read: {error.strerror}") from None
    return _read(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> TableFile:
    import pandas as pd  # takes a third of a second

    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                frame = pd.DataFrame({name: _check_column(name, arrays[name]) for name in arrays.files})
        else:
            frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except ImportError:
        raise ValueError(f"file={path} needs pyarrow; pip install 'seqmem[tables]', or write it as .csv") from None
    except Exception as error:  # a damaged file makes its reader raise anything
        why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ValueError(f"file={path} cannot be read: {why}") from None
    if not len(frame):
        raise ValueError(f"file={path} has no rows")
    return TableFile(path.name, frame, digest)


def _check_column(name: str, array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.ndim != 1:
        raise ValueError(f"array {name} must have one dimension, an entry a row, got {array.ndim}")
    return array
