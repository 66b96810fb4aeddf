"""How objects show themselves: in a line, and in a notebook."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from seqmem.arguments import read_arguments

LONGEST = 60  # characters of an argument


def format_call(thing: object) -> str:
    """An object of a checked class as the call that builds it, without arguments that are as they would be anyway."""
    defaults = {name: own.default for name, own in inspect.signature(type(thing)).parameters.items()}
    given = read_arguments(thing)
    shown = [f"{name}={_show(value)}" for name, value in given.items() if not _is_same(value, defaults.get(name))]
    return f"{type(thing).__name__}({', '.join(shown)})"


def to_html(title: str, rows: Mapping[str, Any], text: str = "") -> str:
    """A small table of names and values below a title; whatever they hold, it makes no markup."""
    cells = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in rows.items()
    )
    return f"<b>{escape(title)}</b>{f'<br>{escape(text)}' if text else ''}<table>{cells}</table>"


def first_line(thing: object) -> str:
    """What a class's docstring begins with."""
    return (inspect.getdoc(type(thing)) or "").partition("\n")[0]


def _is_same(value: Any, default: Any) -> bool:
    if isinstance(value, np.ndarray) or isinstance(default, np.ndarray):
        return False
    return bool(type(value) is type(default) and value == default)


def _show(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of {'x'.join(map(str, value.shape))}"
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else list(value)
    shown = repr(value)
    plain = isinstance(value, str | int | float | Sequence | Mapping) or value is None
    return f"{shown[:LONGEST]} .." if plain and len(shown) > LONGEST else shown
