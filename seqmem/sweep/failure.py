"""What a stack failed of."""

from __future__ import annotations

import traceback

Failure = tuple[Exception, str]


def describe_failure(error: Exception) -> Failure:
    """An error and its traceback as text; the error without it, which would keep the engine alive."""
    trace = "".join(traceback.format_exception(error))
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None), trace


def is_lack_of_memory(error: Exception) -> bool:
    """Whether a smaller stack might do: torch has errors of its own for that."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in words)
