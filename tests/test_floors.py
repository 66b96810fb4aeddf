"""Imports run downwards only: read from the syntax trees, nothing is imported here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up. A module imports from lower floors and from its own package, from no neighbour.
FLOORS = [
    ("seqmem.arguments",),
    ("seqmem.representation",),
    ("seqmem.tasks", "seqmem.cells", "seqmem.machine", "seqmem.output", "seqmem.slurm", "seqmem.starting"),
    ("seqmem.graph",),
    ("seqmem.job",),
    ("seqmem.engines.flops", "seqmem.engines.footprint", "seqmem.engines.report", "seqmem.engines.tracing"),
    ("seqmem.engines.engine",),
    ("seqmem.engines.reference",),
    ("seqmem.engines.fused",),
    ("seqmem.engines.choose",),
    ("seqmem.training",),
    ("seqmem.records",),
    ("seqmem.sweep",),
    ("seqmem.config", "seqmem.console", "seqmem.cluster"),
    ("seqmem.load", "seqmem.run", "seqmem.train", "seqmem.reproduce", "seqmem.__main__"),
    ("hydra_plugins",),
]
# All of the engines that is known above them: an engine's own folder is its own, but for what `load` gives.
CONTRACT = ("seqmem.engines.choose", "seqmem.engines.engine", "seqmem.engines.flops", "seqmem.engines.report")
TRAINED = "seqmem.engines.reference.module"
HEIGHTS = {name: height for height, names in enumerate(FLOORS) for name in names}
ENGINES = HEIGHTS["seqmem.engines.reference"]


@dataclass(frozen=True)
class Import:
    """One module that another one imports; lazily: within a function."""

    name: str
    lazily: bool


def modules() -> dict[str, Path]:
    found = {}
    for package in ("seqmem", "multirun_analysis", "hydra_plugins"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports_of(source: str) -> list[Import]:
    """What a module imports at run time, `if TYPE_CHECKING` left out."""
    return list(_walk(ast.parse(source), lazily=False))


def _walk(node: ast.AST, lazily: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, lazily) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "relative imports hide where they lead"
            names = [f"{child.module}.{alias.name}" for alias in child.names]
            yield from (Import(name if name in MODULES else str(child.module), lazily) for name in names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _walk(ast.Module(child.orelse, []), lazily)
        else:
            yield from _walk(child, lazily or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


def belongs(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def floor_of(name: str) -> str | None:
    """The entry of the floors that a module belongs to."""
    return next((floor for floor in HEIGHTS if belongs(name, floor)), None)


def read(module: str) -> list[Import]:
    return imports_of(MODULES[module].read_text(encoding="utf-8"))


@pytest.fixture(params=[name for name in MODULES if not belongs(name, "multirun_analysis")])
def module(request) -> str:
    return request.param


@pytest.fixture(params=[name for name in MODULES if belongs(name, "multirun_analysis")])
def analysis_module(request) -> str:
    return request.param


def test_every_module_stands_on_a_floor(module):
    assert floor_of(module) or module in ("seqmem", "seqmem.engines"), f"give {module} a floor in FLOORS"


def test_imports_run_downwards_only(module):
    floor = floor_of(module)
    for found in read(module):
        below = floor_of(found.name)
        if floor and below and below != floor:
            assert HEIGHTS[below] < HEIGHTS[floor], f"{module} imports {found.name}"


def test_nothing_reaches_up_to_the_analysis_or_the_plugins(module):
    above = ["multirun_analysis"] if belongs(module, "hydra_plugins") else ["multirun_analysis", "hydra_plugins"]
    assert not [found.name for found in read(module) if belongs(found.name, *above)]


def test_only_the_reference_engine_imports_torch_at_once(module):
    at_once = [found for found in read(module) if belongs(found.name, "torch") and not found.lazily]
    assert belongs(module, "seqmem.engines.reference") or not at_once


def test_below_the_engines_nobody_imports_torch_at_all(module):
    below = floor_of(module) is not None and HEIGHTS[floor_of(module)] < ENGINES
    assert not below or not [found for found in read(module) if belongs(found.name, "torch")]


def test_above_the_engines_their_contract_alone_is_known(module):
    found = [found.name for found in read(module) if belongs(found.name, "seqmem.engines")]
    allowed = {*CONTRACT, *([TRAINED] if module == "seqmem.load" else [])}
    assert belongs(module, "seqmem.engines") or set(found) <= allowed


def test_what_an_engine_answers_for_itself_is_imported_without_what_computes():
    program = "import sys, seqmem.engines.choose; sys.exit(not {'torch', 'numba', 'llvmlite'}.isdisjoint(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_only_the_fused_engine_imports_numba(module):
    found = [found for found in read(module) if belongs(found.name, "numba", "llvmlite")]
    assert belongs(module, "seqmem.engines.fused") or not found


def test_only_the_entry_the_config_and_the_plugins_import_hydra(module):
    found = [found for found in read(module) if belongs(found.name, "hydra", "omegaconf")]
    assert belongs(module, "seqmem.train", "seqmem.config", "hydra_plugins") or not found


def test_the_analysis_knows_the_records_alone(analysis_module):
    own = [found.name for found in read(analysis_module) if belongs(found.name, "seqmem", "hydra_plugins")]
    assert set(own) <= {"seqmem.records"}


def test_the_analysis_needs_neither_torch_nor_hydra(analysis_module):
    assert not [x.name for x in read(analysis_module) if belongs(x.name, "torch", "hydra", "omegaconf", "numba")]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import torch.nn", [Import("torch.nn", False)]),
        ("from torch import nn", [Import("torch", False)]),
        ("from seqmem.job import network", [Import("seqmem.job.network", False)]),
        ("def f():\n    import torch", [Import("torch", True)]),
        ("class A:\n    import torch", [Import("torch", False)]),
        ("try:\n    import torch\nexcept ImportError: pass", [Import("torch", False)]),
        ("if TYPE_CHECKING:\n    import torch\nelse:\n    import numba", [Import("numba", False)]),
        ("if typing.TYPE_CHECKING:\n    import torch", []),
    ],
)
def test_imports_are_found_wherever_they_stand(source, found):
    assert imports_of(source) == found


@pytest.mark.parametrize("name", ["job.network", "tasks", "cells", "job.job", "job.data", "engines.engine", "records"])
def test_importing_a_floor_below_the_engines_leaves_torch_out(name):
    program = f"import sys, seqmem.{name}; sys.exit('torch' in sys.modules or 'hydra' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
