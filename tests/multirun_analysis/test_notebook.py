"""What the package's docstring shows is what a notebook would run."""

import ast

import pandas as pd
import pytest
from matplotlib.figure import Figure

import multirun_analysis
from tests.multirun_analysis.folders import LSTM, write_wrong


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """What each line of the docstring's code that is an expression shows, by its source."""
    for hidden in (2, 5):
        write_wrong(tmp_path / "multirun" / "recall" / f"rnn{hidden}", range(100, 110), hidden=hidden)
        write_wrong(tmp_path / "multirun" / "recall" / f"lstm{hidden}", range(10), hidden=hidden, model=LSTM)
    monkeypatch.chdir(tmp_path)
    lines = [line.strip() for line in multirun_analysis.__doc__.splitlines() if line.startswith("    ")]
    names = {}
    found = {}
    for statement in ast.parse("\n".join(line for line in lines if not line.startswith("python "))).body:
        source = ast.unparse(statement)
        if isinstance(statement, ast.Expr):
            found[source] = eval(source, names)
        else:
            exec(source, names)
    return found


def test_everything_is_a_frame_or_a_figure_of_a_line_or_two(shown):
    kinds = [Figure if "draw" in source else list if "conclude" in source else pd.DataFrame for source in shown]
    assert len(shown) == 6
    assert all(isinstance(value, kind) for value, kind in zip(shown.values(), kinds, strict=True))


def test_the_conclusions_are_sentences(shown):
    (lines,) = (value for source, value in shown.items() if "conclude" in source)
    assert [line.split(":")[0] for line in lines] == [
        "No trial solved the task, of 40. Least wrong", "model", "hidden"
    ]  # fmt: skip


def test_every_public_name_is_there():
    assert all(hasattr(multirun_analysis, name) for name in multirun_analysis.__all__)
