"""What says how a job stands: `result.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from seqmem.records.files import describe_damage, read_whole, write_whole
from seqmem.records.schema import Result, check_config, read_json

RESULT = "result.json"
LARGEST_RESULT = 2**24  # bytes


def write_result(folder: Path, result: Result) -> None:
    """Write a job's result.json.

    Raises:
        ValueError: if it could not be read back.
    """
    values = {item.name: getattr(result, item.name) for item in fields(result)}
    content = (json.dumps(values, indent=2) + "\n").encode()
    parse_result(content)
    write_whole(folder / RESULT, content)


def read_result(folder: Path) -> Result:
    """Read a job's result.json.

    Raises:
        RecordError: if there is none, or it is damaged.
    """
    path = folder / RESULT
    content = read_whole(path, LARGEST_RESULT)
    try:
        return parse_result(content)
    except ValueError as error:
        raise describe_damage(path, error) from None


def parse_result(content: bytes) -> Result:
    """The result that the content of a result.json holds.

    Raises:
        ValueError: if it is none.
    """
    result = read_json(content, Result)
    check_config(result.config)
    return result


def check_recordable(config: Mapping[str, Any]) -> None:
    """Check that a config could be read back once it is written.

    Raises:
        ValueError: if it could not; the message names the key.
    """
    try:
        check_config(json.loads(json.dumps(config)))
    except TypeError as error:  # a value of a kind that JSON has not got
        raise ValueError(str(error)) from None


def find_jobs(folder: Path) -> Iterator[Path]:
    """Job folders at or below a folder, in the order of their names: all that hold a result.json."""
    left = [str(folder)]
    while left:
        parent = left.pop()
        try:
            with os.scandir(parent) as entries:
                found = list(entries)
        except OSError:
            continue
        if any(entry.name == RESULT for entry in found):
            yield Path(parent)
            continue
        below = [entry for entry in found if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)]
        left += sorted((entry.path for entry in below), reverse=True)
