"""The source of classes that are not seqmem's: it may change while the config that names them does not."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import NamedTuple

LIBRARIES = ("seqmem", "torch", "numpy", "numba", "llvmlite")  # those that compute, whose versions are recorded
INSTALLED = {"site-packages", "dist-packages"}


class Module(NamedTuple):
    """A module of somebody else's, and the file that it is read from, if there is one."""

    name: str
    path: Path | None

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_foreign(self) -> bool:
        return self.package not in LIBRARIES and self.package not in sys.stdlib_module_names

    @property
    def is_installed(self) -> bool:
        return self.path is not None and not INSTALLED.isdisjoint(self.path.parts)


@functools.cache
def find_modules(cls: type) -> list[Module]:
    """The modules that a class which is not seqmem's is made from, its own first; none for a class of seqmem's.

    Those of the class and its bases, and what they import, but for seqmem, the libraries that
    compute, Python's own and, among what is only imported, installed packages.
    """
    loaded = [sys.modules[base.__module__] for base in cls.__mro__ if base.__module__ in sys.modules]
    bases = [_make_module(module.__name__, getattr(module, "__file__", None)) for module in loaded]
    found = dict.fromkeys(module for module in bases if module.is_foreign)
    left = list(found)
    while left:
        more = [module for module in _read_imports(left.pop()) if module not in found]
        found |= dict.fromkeys(more)
        left += more
    return list(found)


@functools.cache
def describe_source(cls: type) -> str | None:
    """What a class is made from, as `mgu 3f2a91c04bde, steps 0d8e41aa7c55`; None for a class of seqmem's.

    A module is told by a hash of its file, and by its version where it was installed; both as
    they are when the class is first asked for.
    """
    return ", ".join(_describe_module(module) for module in find_modules(cls)) or None


def _make_module(name: str, path: str | None) -> Module:
    return Module(name, Path(path) if path and Path(path).is_file() else None)


def _describe_module(module: Module) -> str:
    words = [module.name]
    if module.is_installed:
        words += [version(name) for name in packages_distributions().get(module.package, ())]
    if module.path is not None:
        words.append(hashlib.sha256(module.path.read_bytes()).hexdigest()[:12])
    return " ".join(words)


def _read_imports(module: Module) -> Iterator[Module]:
    """The modules of the user's own that a module's source imports."""
    if module.path is None or module.path.suffix != ".py" or module.is_installed:
        return
    for name in _read_names(ast.parse(module.path.read_bytes()), module):
        spec = None
        with contextlib.suppress(Exception):  # no module, or a package that breaks: whoever imports it hears of it
            spec = find_spec(name)
        other = _make_module(name, spec.origin if spec else None)
        if other.path is not None and other.is_foreign and not other.is_installed:
            yield other


def _read_names(tree: ast.AST, module: Module) -> Iterator[str]:
    """The names of all that may be a module in the imports of a source."""
    is_package = module.path is not None and module.path.stem == "__init__"
    package = module.name if is_package else module.name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name(f"{'.' * node.level}{node.module or ''}", package) if node.level else str(node.module)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
