"""Files of arrays: safetensors, nothing that could be executed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors

from seqmem.records.files import RecordError, describe_damage
from seqmem.records.packed import as_file

LARGEST_ARRAYS = 2**36  # bytes of a file, whose arrays are read one by one


@contextmanager
def open_arrays(path: Path) -> Iterator[Any]:
    """Open a file of arrays; an error that its content leads to becomes one that names it.

    Raises:
        RecordError: if it is missing or damaged.
    """
    try:
        with as_file(path, LARGEST_ARRAYS) as real, safetensors.safe_open(real, framework="numpy") as file:
            yield file
    except RecordError:
        raise
    except KeyError as error:
        raise describe_damage(path, f"no {error.args[0]}") from None
    except RecursionError:
        raise describe_damage(path, "nested too deeply") from None
    except (OSError, safetensors.SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise describe_damage(path, error) from None
