"""The notebook in examples/, cell by cell, as a kernel would run it."""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "examples" / "first_study.ipynb"


def run_cell(source, names):
    """Run a cell; returns the value of its last line, if that is an expression."""
    body = ast.parse(source).body
    shown = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    return None if shown is None else eval(compile(ast.Expression(shown.value), "<cell>", "eval"), names)


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert not [cell["id"] for cell in cells if cell["cell_type"] == "code" and cell["outputs"]]


@pytest.mark.slow
def test_it_does_the_main_job_compares_plots_and_opens_a_hidden_state(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names = {}
    values = [run_cell("".join(c["source"]), names) for c in cells if c["cell_type"] == "code"]
    task, outcome, sweep, _, about, curves, answer, states = values
    assert task._repr_html_().startswith("<b>Recall()</b>")
    assert outcome.result.solved
    assert repr(outcome).startswith("Outcome(seed 0: solved after ")
    assert repr(sweep) == "Sweep(6 settings, 60 trials: 60 done)"
    assert "Best: lstm hidden=10 solved 10 of 10 trials" in capsys.readouterr().out
    assert "censored" in about
    assert len(curves.axes) == 3
    assert answer == 7
    assert states.axes[0].images[0].get_array().shape[1] == 6
