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
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import numpy as np

KEPT = "_arguments"  # of a checked object: what it was built with
LONGEST_SHOWN = 200  # characters of a value in a message
LISTS = (list, tuple, range, np.ndarray)
LARGEST_FLOAT = sys.float_info.max
LARGEST_INT = 10**18  # fits 64 bits

T = TypeVar("T")


class _Arguments(NamedTuple):
    """What `__init__` takes.

    names: Of all that has one, in order; those of `by_position` can be given without it.
    takes_any: Whether it takes arguments of any other name.
    """

    names: list[str]
    by_position: list[str]
    takes_any: bool
    hints: dict[str, Any]
    defaults: dict[str, Any]


def checked(cls: type[T]) -> type[T]:
    """Let a class check what it is built with: names, and values against the type hints of `__init__`.

    What `convert` takes is handed on as what it was meant to be, and kept for `read_arguments`.
    Building it raises TypeError for a name that is no argument's, and ValueError for a value of
    the wrong type.
    """
    init = cls.__init__

    @functools.wraps(init)
    def check(self: object, *args: Any, **kwargs: Any) -> None:
        known = _read_signature(init)
        for name in () if known.takes_any else kwargs.keys() - set(known.names):
            raise TypeError(f"{name} is not an argument of {cls.__name__}{suggest(name, known.names)}")
        by_position = dict(zip(known.by_position, args, strict=False))
        converted = {name: convert(name, value, known.hints.get(name, Any)) for name, value in by_position.items()}
        named = {name: convert(name, value, known.hints.get(name, Any)) for name, value in kwargs.items()}
        if KEPT not in vars(self):  # of a class and its base, the class's
            values = known.defaults | converted | named
            more = {name: values.pop(name) for name in values.keys() - set(known.names)}
            vars(self)[KEPT] = (*(values.get(name) for name in known.names), *([more] if more else []))
        init(self, *converted.values(), *args[len(converted) :], **named)

    cls.__init__ = check  # type: ignore[method-assign]
    return cls


def read_arguments(thing: object) -> dict[str, Any]:
    """What an object of a checked class was built with, defaults included; nothing if its class takes nothing."""
    kept = vars(thing).get(KEPT)
    if kept is None:
        return {}
    names = _read_signature(inspect.unwrap(type(thing).__init__)).names
    return dict(zip(names, kept, strict=False)) | dict(*kept[len(names) :])


@functools.cache
def _read_signature(init: Callable[..., None]) -> _Arguments:
    parameters = list(inspect.signature(init).parameters.values())[1:]
    try:
        hints = typing.get_type_hints(init)
    except Exception:  # of a class of the user's own: they name nothing
        hints = {}
    by_position = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return _Arguments(
        [*by_position, *(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)],
        by_position,
        any(p.kind is p.VAR_KEYWORD for p in parameters),
        hints,
        {p.name: p.default for p in parameters if p.default is not p.empty},
    )


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


def _convert_number(key: str, value: Any, hint: type) -> int | float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is float:
        if not number:
            raise ValueError(f"{key} must be a number, got {show(value)}")
        if abs(value) > LARGEST_FLOAT:
            return math.inf if value > 0 else -math.inf
        return float(value)
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
