"""The command `compare`."""

import re
import subprocess
import sys

import pytest

from multirun_analysis.documents.command import main
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.rows import read_rows
from seqmem import records
from tests.multirun_analysis.documents.answers import answer_as_told
from tests.multirun_analysis.folders import make_trial

ROWS = read_rows()
RIGHT = next(row for row in ROWS if row.figure == "right_from")
RECALL = next(row for row in ROWS if row.document == "D4 recall" and row.printed)


@pytest.fixture
def sweep(tmp_path):
    first = read_expected()[RECALL.command].seeds[0]
    trials = [make_trial(first + index, mean_test_error=0.8 + index / 20, first_seed=first) for index in range(2)]
    answer_as_told(tmp_path / "sweep" / "rnn", RECALL, trials)
    return tmp_path / "sweep"


def test_the_figure_of_a_document_stands_beside_ours(sweep, capsys):
    assert main([str(sweep)]) == 0
    out = capsys.readouterr().out.splitlines()
    index = next(index for index, line in enumerate(out) if RECALL.command in line)
    assert out[index].startswith(f"{RECALL.network} (2 of ")
    assert out[index].endswith(f" trials)  {RECALL.command}")
    assert re.split(r" {2,}", out[index + 1].strip()) == [
        "mean accuracy over epochs", "18.37 %", "17.50 %", "17.50 %", "15.00 to 20.00 %", "50 [1, 99]", "0 of 2",
    ]  # fmt: skip


def test_every_row_that_was_not_run_is_named_with_its_command(sweep, capsys):
    main([str(sweep)])
    out = capsys.readouterr().out
    assert out.count("not run") == len(ROWS) - 1
    assert out.count("not run: no MNIST here") == 5
    assert all(row.command in out for row in ROWS)


def test_the_page_has_every_row_and_says_what_made_it(sweep, tmp_path, capsys):
    assert main([str(sweep), "--out", str(tmp_path / "docs" / "results.md")]) == 0
    page = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    tables = [part.partition("</details>")[0] for part in page.split("<details>")[1:] if " figures</summary>" in part]
    shown = [row for row in ROWS if not row.absent]
    assert "".join(tables).count("\n| ") == len(shown) + 2 * len({row.document for row in shown})
    made = "3 s of training in all, on Abacus 2, until 2026-01-02, with seqmem 1.2."
    assert f"1 of {len(ROWS)} rows were run: 2 trials in 1 jobs, {made}" in page
    assert capsys.readouterr().out.endswith(f"Written to {tmp_path / 'docs' / 'results.md'}\n")


def test_the_page_shows_the_pictures_that_are_written_beside_it(sweep, tmp_path):
    main([str(sweep), "--out", str(tmp_path / "docs" / "results.md")])
    page = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[.+\]\((.+)\)", page)
    written = [path.relative_to(tmp_path / "docs").as_posix() for path in (tmp_path / "docs" / "figures").iterdir()]
    assert "figures/d4_recall_printed.svg" in shown
    assert sorted(shown) == sorted(written)


def test_a_damaged_folder_is_named_and_the_rest_is_read(sweep, capsys):
    (sweep / "broken").mkdir()
    (sweep / "broken" / records.RESULT).write_text("{")
    assert main([str(sweep)]) == 0
    assert f"{sweep / 'broken' / records.RESULT} is damaged" in capsys.readouterr().err


def test_a_folder_that_is_not_there_ends_with_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"multirun_analysis compare: {tmp_path / 'none'}: no such folder\n"


def test_the_page_is_not_written_into_a_jobs_folder(sweep, capsys):
    assert main([str(sweep), "--out", str(sweep / "rnn" / "results.md")]) == 2
    assert "belongs to the job" in capsys.readouterr().err


def test_compare_is_a_command_of_the_analysis(sweep):
    command = [sys.executable, "-m", "multirun_analysis", "compare", str(sweep)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert RIGHT.command in finished.stdout
