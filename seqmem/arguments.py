"""What things are built with: values checked against type hints, in one line that names the key and the value."""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import sys
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin

import numpy as np

LONGEST_SHOWN = 200  # characters of a value in a message
LISTS = (list, tuple, range, np.ndarray)
LARGEST_FLOAT = sys.float_info.max
LARGEST_INT = 10**18  # fits 64 bits

T = TypeVar("T")


def checked(kind: type[T]) -> type[T]:
    """Let a class check what it is built with: names, and values against the type hints of `__init__`.

    What `convert` takes is handed on as what it was meant to be. Building it raises TypeError for
    a name that is no argument's, and ValueError for a value of the wrong type.
    """
    init = kind.__init__

    @functools.wraps(init)
    def check(self: object, *args: Any, **kwargs: Any) -> None:
        by_place, by_name, hints = _read_arguments(init)
        for name in kwargs.keys() - hints.keys() if by_name is None else ():
            raise TypeError(f"{name} is not an argument of {kind.__name__}{suggest(name, hints)}")
        placed = [convert(name, value, hints[name]) for name, value in zip(by_place, args, strict=False)]
        named = {name: convert(name, value, hints.get(name, Any)) for name, value in kwargs.items()}
        init(self, *placed, *args[len(placed) :], **named)

    kind.__init__ = check  # type: ignore[method-assign]
    return kind


@functools.cache
def _read_arguments(init: Callable[..., None]) -> tuple[list[str], str | None, dict[str, Any]]:
    """What can be given by place, the name of what takes any name, and the type of each argument."""
    parameters = list(inspect.signature(init).parameters.values())[1:]
    try:
        hints = typing.get_type_hints(init)
    except Exception:  # of a class of the user's own: they name nothing
        hints = {}
    by_place = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    by_name = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
    return by_place, by_name, {p.name: hints.get(p.name, Any) for p in parameters}


def suggest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The end of a message about an unknown name: the one that was meant, or the choices."""
    names = sorted(known)
    if close := difflib.get_close_matches(name[:LONGEST_SHOWN], names, n=1):
        return f"; did you mean {prefix}{close[0]}?"
    return f"; choose {', '.join(prefix + name for name in names)}" if names else "; there are none"


def convert(key: str, value: Any, hint: Any) -> Any:
    """Check a value against a type hint.

    Numbers that are meant to be whole may be written 1e5, numpy's become Python's, and a list
    of values may be given as a tuple.

    Raises:
        ValueError: naming the key, the value and what it must be.
    """
    if hint is Any or isinstance(hint, TypeVar):
        return value
    value = value.item() if isinstance(value, np.generic) else value
    if get_origin(hint) is Literal:
        if not (isinstance(value, Hashable) and value in get_args(hint)):
            raise ValueError(f"{key} must be one of {', '.join(map(str, get_args(hint)))}, got {show(value)}")
        return value
    if get_origin(hint) in (typing.Union, types.UnionType):
        return _convert_union(key, value, get_args(hint))
    if _is_list(hint):
        return _convert_each(key, value, get_args(hint)[0])
    if hint in (int, float):
        return _convert_number(key, value, hint)
    if hint in (bool, str) and not isinstance(value, hint):
        raise ValueError(f"{key} must be {'true or false' if hint is bool else 'text'}, got {show(value)}")
    if _is_own(hint) and not isinstance(value, hint):
        built = f"; write {value.__name__}(..)" if isinstance(value, type) and issubclass(value, hint) else ""
        article = "an" if hint.__name__[0] in "AEIO" else "a"
        raise ValueError(f"{key} must be {article} {hint.__name__}, got {show(value)}{built}")
    return value


def _convert_number(key: str, value: Any, kind: type) -> int | float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is float:
        if not number:
            raise ValueError(f"{key} must be a number, got {show(value)}")
        return math.copysign(math.inf, value) if abs(value) > LARGEST_FLOAT else float(value)
    if not number or value % 1 != 0:
        raise ValueError(f"{key} must be a whole number, got {show(value)}")
    if abs(value) > LARGEST_INT:
        raise ValueError(f"{key} must be a whole number of at most 18 digits, got {show(value)}")
    return int(value)


def _convert_each(key: str, values: Any, hint: Any) -> tuple[Any, ...]:
    if not isinstance(values, LISTS):
        raise ValueError(f"{key} must be a list, got {show(values)}")
    return tuple(convert(key, value, hint) for value in values)


def _convert_union(key: str, value: Any, hints: tuple[Any, ...]) -> Any:
    if value is None and type(None) in hints:
        return None
    words = tuple(word for hint in hints if get_origin(hint) is Literal for word in get_args(hint))
    others: list[Any] = [hint for hint in hints if hint is not type(None) and get_origin(hint) is not Literal]
    if words:
        others.append(Literal[words])
    listed = isinstance(value, LISTS)
    others.sort(key=lambda hint: _is_list(hint) != listed)  # the first one's error is told
    errors = []
    for hint in others:
        try:
            return convert(key, value, hint)
        except ValueError as error:
            errors.append(error)
    needed, got, found = str(errors[0]).rpartition(", got ")
    raise ValueError(f"{needed} (or null){got}{found}" if type(None) in hints else str(errors[0]))


def _is_list(hint: Any) -> bool:
    return get_origin(hint) is Sequence


def _is_own(hint: Any) -> bool:
    """Whether a hint is a class of seqmem's, whose objects nothing else can stand for."""
    return isinstance(hint, type) and hint.__module__.partition(".")[0] == "seqmem"


def show(value: Any) -> str:
    """A value as it is typed, cut off where it gets too long; classes and their objects by name."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if _is_own(type(value)):
        return f"{type(value).__name__}(..)"
    if isinstance(value, (list, tuple)):
        return shorten(f"[{', '.join(map(show, value))}]")
    try:
        return shorten(str(value))
    except ValueError:  # more digits than Python writes
        return "a number of more than 4,300 digits"


def shorten(text: str) -> str:
    """The beginning of a text that is too long for a message."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}.."
