"""Blocks of other files that the table fills, and those of README.md."""

import re
from pathlib import Path

import pytest

from multirun_analysis.documents.answers import format_short_answer
from multirun_analysis.documents.command import main
from multirun_analysis.documents.excerpts import BLOCKS, fill
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.rows import SECTIONS, read_rows
from multirun_analysis.frames.jobs import AnalysisError
from tests.multirun_analysis.documents.answers import answer_as_told
from tests.multirun_analysis.folders import make_trial

ROOT = Path(__file__).parents[3]
ROWS = read_rows()
FINDINGS = [Finding(row, setting=0, of_seed={0: 0.25, 1: 0.75}, trials=2, solved=1) for row in ROWS]
BLOCK = re.compile(r"<!-- compare: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)


def block(name, findings=FINDINGS):
    text = fill(f"before\n<!-- compare: {name} -->\nold\n<!-- end -->\nafter\n", findings, "FILE")
    assert text.startswith(f"before\n<!-- compare: {name} -->\n")
    assert text.endswith("\n<!-- end -->\nafter\n")
    return BLOCK.search(text)[2]


def test_the_answers_are_those_of_the_page():
    lines = block("answers").splitlines()
    for line, (section, title) in zip(lines, list(SECTIONS.items())[:-1], strict=True):
        own = [finding for finding in FINDINGS if finding.row.section == section]
        assert line == f"- **{title}.** {format_short_answer(section, own)}"


def test_a_recipe_has_a_line_with_what_it_came_to():
    (line,) = (line for line in block("recipes").splitlines() if "recipe=long_lag_gru`" in line)
    assert (
        line
        == "| `experiment=d0_long_lag recipe=long_lag_gru` | 1 of 2 | 0.5 on average, 0.8 at most | 0.5 (0.2 to 0.8) |"
    )


def test_recall_has_a_column_a_network_with_what_the_notebook_printed():
    head, _, *lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block("recall").splitlines()]
    columns = {name: [line[index] for line in lines] for index, name in enumerate(head)}
    assert len(columns) == 10
    assert columns["accuracy in %"] == ["notebook", "seqmem", "range", "percentile"]
    assert columns["gru 10"] == ["89.53", "50.00", "25.00 to 75.00", "100 [16, 100]"]


@pytest.mark.parametrize("name", BLOCKS)
def test_what_was_not_run_has_no_figures_in_a_block(name):
    nothing = block(name, [Finding(row, missing="not run") for row in ROWS])
    assert "Not run here" in nothing if name == "answers" else "| - |" in nothing


def test_a_text_keeps_all_but_its_blocks():
    text = "a\n<!-- compare: recall -->\n<!-- end -->\nb\n<!-- compare: recall -->\nold\n<!-- end -->\n<!-- other -->\n"
    filled = fill(text, FINDINGS, "FILE")
    assert BLOCK.sub("", filled) == BLOCK.sub("", text)
    assert len(set(BLOCK.findall(filled))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "FILE has no block such as <!-- compare: recipes -->; choose answers, recipes, recall"),
        ("<!-- compare: x -->\n<!-- end -->", "FILE: x is no block; choose answers, recipes, recall"),
        ("<!-- compare: recall -->\n", "FILE: the block recall has no <!-- end -->"),
        ("<!-- compare: recall -->\n<!-- compare: x -->\n<!-- end -->", "FILE: the block recall has no <!-- end -->"),
    ],
)  # fmt: skip
def test_a_file_without_proper_blocks_is_refused(text, message):
    with pytest.raises(AnalysisError, match=f"^{re.escape(message)}$"):
        fill(text, FINDINGS, "FILE")


@pytest.fixture
def sweep(tmp_path):
    row = next(row for row in ROWS if row.document == "D4 recall" and row.printed)
    answer_as_told(tmp_path / "sweep", row, [make_trial(0), make_trial(1)])
    return str(tmp_path / "sweep")


def test_the_command_fills_a_file(sweep, tmp_path, capsys):
    path = tmp_path / "notes.md"
    path.write_text("<!-- compare: recall -->\n<!-- end -->\n", encoding="utf-8")
    assert main([sweep, "--fill", str(path)]) == 0
    assert "| notebook | 18.37 |" in path.read_text(encoding="utf-8")
    assert capsys.readouterr().out.endswith(f"Written to {path}\n")


def test_a_file_that_cannot_be_filled_ends_with_one_line(sweep, tmp_path, capsys):
    assert main([sweep, "--fill", str(tmp_path / "none.md")]) == 2
    assert capsys.readouterr().err == (
        f"multirun_analysis compare: {tmp_path / 'none.md'}: cannot be read: No such file or directory\n"
    )


def test_the_readme_has_every_block():
    assert [name for name, _ in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))] == [
        "recall",
        "answers",
        "recipes",
    ]


@pytest.mark.parametrize("name", BLOCKS)
def test_every_figure_of_a_block_of_the_readme_stands_in_the_page(name):
    (content,) = (
        found for own, found in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")) if own == name
    )
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    figures = re.findall(r"\.?\d[\d,]*(?:\.\d+)?", re.sub(r"`[^`]*`|\[\d+, \d+\]", "", content))
    assert figures
    assert not {figure for figure in figures if not re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", page)}
