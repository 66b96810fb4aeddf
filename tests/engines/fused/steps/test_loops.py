"""Compiled loops: where they are kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from examples.mgu import MGU
from seqmem.cells import GRU, LSTM, LSTMChain
from seqmem.engines.fused.steps.instructions import Run
from seqmem.engines.fused.steps.plans import find_plan

PROGRAM = """
from seqmem.cells import RNN
from seqmem.engines.fused.steps import loops
from seqmem.engines.fused.steps.plans import find_plan
compiled = [loops.compile_loop(item.source.text) for item in find_plan(RNN(), 3).forward if hasattr(item, "source")]
print(len(compiled), loops._KEPT[0].cache_hits)
"""


def run_program(cache: Path) -> str:
    environment = {"XDG_CACHE_HOME": str(cache), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip() + done.stderr


def test_a_loop_is_found_by_the_next_process_under_a_hash_of_its_text(tmp_path):
    assert run_program(tmp_path) == "1 0"
    names = [path.name for path in tmp_path.rglob("loop_*.nbc")]
    assert len(names) == 1
    assert run_program(tmp_path) == "1 1"


@pytest.mark.parametrize("cell", [LSTM(), GRU(), MGU(), LSTMChain(3)])
def test_a_loop_is_the_same_at_every_width(cell):
    few, many = ([i.source.text for i in find_plan(cell, width).forward if isinstance(i, Run)] for width in (2, 50))
    assert few == many


def test_a_cell_is_planned_once_for_its_class_and_arguments():
    assert find_plan(LSTMChain(2), 4) is find_plan(LSTMChain(2), 4)
    assert find_plan(LSTMChain(2), 4) is not find_plan(LSTMChain(3), 4)
