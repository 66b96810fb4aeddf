"""What classes of the user's own are made from."""

import sys
from types import ModuleType

import pandas as pd
import pytest

from seqmem.cells import LSTM
from seqmem.records.sources import describe_source, find_modules
from seqmem.tasks import Recall
from tests.own import write_module  # noqa: F401

CELL = "from seqmem.cells import LSTM\nclass Cell(LSTM):\n    '''{}'''\n"


def names(kind: type) -> list[str]:
    return [module.name for module in find_modules(kind)]


@pytest.mark.parametrize("kind", [LSTM, Recall, dict, object])
def test_classes_of_seqmem_and_of_python_have_none(kind):
    assert describe_source(kind) is None


def test_an_edit_of_a_module_changes_its_hash(write_module):  # noqa: F811
    first = describe_source(write_module("cell_a", CELL.format("one")).Cell)
    second = describe_source(write_module("cell_a", CELL.format("two")).Cell)
    again = describe_source(write_module("cell_a", CELL.format("one")).Cell)
    assert first == again != second
    assert first.startswith("cell_a ")


@pytest.mark.parametrize("line", ["import steps", "from steps import SIZE", "def f():\n    from steps import SIZE"])
def test_what_a_module_imports_of_the_users_own_counts(line, write_module):  # noqa: F811
    found = set()
    for size in (1, 22):
        write_module("steps", f"SIZE = {size}\n")
        found.add(describe_source(write_module("cell_b", f"{line}\n{CELL}").Cell))
    assert len(found) == 2


def test_the_module_of_a_base_counts_and_so_does_what_that_imports(write_module):  # noqa: F811
    write_module("numbers_of_mine", "ONE = 1\n")
    write_module("base", "import numbers_of_mine, numpy, torch, pandas, abc\n" + CELL)
    kind = write_module("cell_c", "from base import Cell\nclass Mine(Cell): pass\n").Mine
    assert names(kind) == ["cell_c", "base", "numbers_of_mine"]


def test_relative_imports_lead_to_their_modules(write_module, tmp_path):  # noqa: F811
    package = tmp_path / "own" / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("from .cell import Cell\n")
    (package / "cell.py").write_text("from .steps import SIZE\nfrom . import sizes\n" + CELL)
    (package / "steps.py").write_text("SIZE = 1\n")
    (package / "sizes.py").write_text("")
    kind = write_module("uses_mine", "from mine import Cell\n").Cell
    assert names(kind) == ["mine.cell", "mine.steps", "mine", "mine.sizes"]


def test_two_modules_that_import_each_other_are_listed_once(write_module, tmp_path):  # noqa: F811
    (tmp_path / "own" / "there.py").write_text("import cell_d\n")
    assert names(write_module("cell_d", "import there\n" + CELL).Cell) == ["cell_d", "there"]


def test_an_installed_package_is_told_by_its_version_too():
    assert f"pandas.core.generic {pd.__version__} " in describe_source(pd.DataFrame)


def test_a_class_without_a_file_is_told_by_its_module_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "nowhere", ModuleType("nowhere"))
    assert describe_source(type("Cell", (LSTM,), {"__module__": "nowhere"})) == "nowhere"
