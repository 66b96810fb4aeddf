import re
import shutil
import subprocess

import pytest

from multirun_analysis import build_report, compare, pivot, read_sweep, summarise
from multirun_analysis.tables.latex import comment, escape, to_latex
from multirun_analysis.tables.tables import Column
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


def column(name, *entries, **options):
    return Column((name,), list(entries), **options)


def rows_of(text):
    """The entries of each row, headers included."""
    return [line.removesuffix(r" \\").split(" & ") for line in text.splitlines() if line.endswith(r" \\")]


def write_tables(folder):
    sweep = read_sweep(folder)
    summary = summarise(sweep)
    pivots = pivot(sweep, summary, ["model"], metric="solved")
    return build_report(sweep, summary, compare(sweep), [], pivots)["tables.tex"].decode()


def test_rows_stand_between_the_rules_of_booktabs():
    text = to_latex([column("model", "gru", "rnn", left=True, key=True), column("wrong", "1", "20")], "Which is best.")
    assert text == (
        "{\\footnotesize\\setlength{\\tabcolsep}{4pt}\n\\begin{longtable}{lr}\n\\caption{Which is best.}\\\\\n"
        "\\toprule\nmodel & wrong \\\\\n\\midrule\n\\endhead\n"
        "gru & 1 \\\\\nrnn & 20 \\\\\n\\bottomrule\n\\end{longtable}\n}\n"
    )


def test_headers_of_several_lines_end_at_the_rule():
    text = to_latex([column("model", "gru", key=True), Column(("error", "%"), ["1"])], "")
    assert rows_of(text)[:2] == [["", "error"], ["model", r"\%"]]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("cross_entropy 95 %", r"cross\_entropy 95 \%"),
        ("> 576,000", r"\textgreater{} 576,000"),
        ("{chrono:100}", r"\{chrono:100\}"),
        (r"a\b~c^d", r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d"),
        ("$x$ & #1 | <y>", r"\$x\$ \& \#1 \textbar{} \textless{}y\textgreater{}"),
        ("two\nlines\\\\", r"two lines\textbackslash{}\textbackslash{}"),
    ],
)
def test_any_text_is_set_as_it_is(text, escaped):
    assert escape(text) == escaped


def test_a_row_that_begins_with_a_bracket_is_no_argument_of_the_row_before():
    text = to_latex([column("hidden", "[2,4]", "[8,8]", key=True), column("wrong", "1", "2")], "")
    assert rows_of(text)[1:] == [["{}[2,4]", "1"], ["{}[8,8]", "2"]]


def test_what_is_absent_is_a_long_dash():
    assert rows_of(to_latex([column("a", "-", "-1", key=True)], ""))[1:] == [["--"], ["-1"]]


def test_columns_that_do_not_fit_side_by_side_are_parted_under_one_caption_with_the_keys_before_each_part():
    text = to_latex(
        [column("model", "gru", key=True), *(column(f"measure {index}", "1") for index in range(9))], "All."
    )
    assert text.count(r"\begin{longtable}") == 2
    assert text.count(r"\caption{All.}") == 1
    assert [row[0] for row in rows_of(text)] == ["model", "gru"] * 2


def test_a_comment_never_leaves_its_line():
    assert comment(["one\ntwo", "three"]) == "% one two\n% three\n"


def test_the_file_has_every_table_and_says_what_is_missing(tmp_path):
    write_wrong(tmp_path / "rnn", [300] * 8)
    write_wrong(tmp_path / "lstm", range(8), model=LSTM)
    write_job(tmp_path / "wide", [make_trial(0, 3)], "failed", error="ValueError: no\n50 % of it", hidden=50)
    text = write_tables(tmp_path)
    assert text.count(r"\caption{") == 4  # a pivot table for each hidden size
    assert rows_of(text)[2][:6] == ["task", "model", "hidden", "trials", "failed", "trials"]
    assert ["model", "lstm", "rnn", "keys", "wrong", "1"] in [row[:6] for row in rows_of(text)]
    assert any("9 failed" in cell for row in rows_of(text) for cell in row)
    assert re.search(r"^% failed: .*/wide: ValueError: no$", text, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_sets_the_file(tmp_path):
    hostile = {"_target_": "my_cells.A&B", "name": r"50%_{a}\b #1 ~^<x>"}
    for hidden in range(1, 51):
        write_wrong(tmp_path / "sweep" / f"rnn{hidden}", [300] * 3, hidden=[hidden, 2])
        write_wrong(tmp_path / "sweep" / f"mine{hidden}", range(3), hidden=[hidden, 2], model=hostile)
    (tmp_path / "tables.tex").write_text(write_tables(tmp_path / "sweep"))
    document = "\\documentclass{article}\n\\usepackage{booktabs,longtable}\n\\begin{document}\n\\input{tables}\n"
    (tmp_path / "document.tex").write_text(document + "\\end{document}\n")
    command = ["pdflatex", "-halt-on-error", "document.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
