"""Every cell that there is: of seqmem and of the examples, found by their files."""

from __future__ import annotations

import importlib
import inspect
import itertools
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from seqmem.cells import Cell

ROOT = Path(__file__).parents[2]


def find_cells() -> dict[str, Cell]:
    """One of each class, and of each choice that an argument of it names."""
    found = {}
    for folder in ("seqmem/cells", "examples"):
        for path in sorted((ROOT / folder).glob("[!_]*.py")):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for name, kind in inspect.getmembers(module, inspect.isclass):
                if issubclass(kind, Cell) and kind.__module__ == module.__name__ and not inspect.isabstract(kind):
                    for values in list_choices(kind):
                        found[" ".join([name, *map(str, values.values())])] = kind(**values)
    return found


def list_choices(kind: type) -> list[dict[str, Any]]:
    """All values of those arguments that have a fixed set of them."""
    hints = get_type_hints(kind.__init__)
    choices = {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]
