"""Frames as Parquet, beside their CSV, where pyarrow is installed."""

from __future__ import annotations

import importlib.util
import io
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from multirun_analysis.frames.settings import format_value
from seqmem.records import visible

MISSING = "Parquet is not written: pip install 'seqmem[tables]'"


def has_parquet() -> bool:
    """Whether it can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Write a frame as Parquet: numbers and truth keep their kind; a column that mixes kinds becomes text."""
    written = frame.rename(columns=visible)
    for column in written.columns[[not is_numeric_dtype(kind) for kind in written.dtypes]]:
        written[column] = written[column].map(_to_text)
    content = io.BytesIO()
    written.to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def _to_text(value: Any) -> str | None:
    return None if value is None or value is pd.NA or value != value else format_value(value)
