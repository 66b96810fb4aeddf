import csv
import io

import pandas as pd
import pytest

from multirun_analysis import AnalysisError, build_report, compare, read_sweep, summarise, write_files
from multirun_analysis.report import to_csv
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


def build(folder):
    sweep = read_sweep(folder)
    return build_report(sweep, summarise(sweep), compare(sweep))


@pytest.fixture
def files(tmp_path):
    write_wrong(tmp_path / "a", [3, 6])
    write_wrong(tmp_path / "b", [1, 2], model=LSTM)
    write_job(tmp_path / "c", None, "running", hidden=9, trials=1)
    return build(tmp_path)


def test_a_report_has_tables_and_figures(files):
    tables = {"tables.md", "summary.csv", "trials.csv", "comparisons.csv"}
    figures = {name.partition(".")[0] for name in set(files) - tables}
    assert figures == {"learning_curves", "wrong_predictions", "error_by_parameters", "gradients", "hidden_states"}
    assert set(files) == tables | {f"{name}.{kind}" for name in figures for kind in ("svg", "png")}
    assert files["learning_curves.png"].startswith(b"\x89PNG")
    assert b"<svg" in files["learning_curves.svg"]


def test_trials_csv_has_a_row_a_trial_with_the_varied_keys_and_whole_numbers(files):
    rows = list(csv.DictReader(io.StringIO(files["trials.csv"].decode())))
    assert [(row["model"], row["hidden"], row["seed"], row["wrong"], row["status"]) for row in rows] == [
        ("lstm", "5", "0", "1", "done"),
        ("lstm", "5", "1", "2", "done"),
        ("rnn", "5", "0", "3", "done"),
        ("rnn", "5", "1", "6", "done"),
        ("rnn", "9", "0", "", "running"),
    ]
    assert {row["solved"] for row in rows} == {"false", ""}


def test_summary_csv_reads_back_as_the_summary(tmp_path, files):
    table = summarise(read_sweep(tmp_path))
    read = pd.read_csv(io.BytesIO(files["summary.csv"]))
    assert list(read["model"]) == list(table["model"])
    pd.testing.assert_series_equal(read["error_rate"], table["error_rate"], check_names=False, check_index=False)
    assert "diverged" not in read
    assert list(read["running"]) == [0, 0, 1]


def test_the_page_says_table_conclusions_and_notes(files):
    page = files["tables.md"].decode()
    assert "| recall | lstm | 5 |" in page
    assert "- too few trials to tell lstm from rnn at hidden=5 (2 of the same seed)" in page
    assert "- 1 of 3 jobs running: of these, only finished trials count" in page
    assert "The same in every row: optimizer=adam, lr=0.001" in page


def test_the_same_sweep_gives_the_same_bytes(tmp_path, files):
    assert build(tmp_path) == files


def test_a_sweep_without_curves_has_no_figure_of_them(tmp_path):
    (write_wrong(tmp_path, [1]) / "curves.csv").unlink()
    files = build(tmp_path)
    assert not any("learning_curves" in name for name in files)
    assert "curves.csv is missing" in files["tables.md"].decode()


def test_what_a_task_brings_with_it_is_named_below_the_table(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [1], task={"name": "echo"}, batch_size=1)
    assert "Differ with task: batch_size (see summary.csv)." in build(tmp_path)["tables.md"].decode()


def test_csv_keeps_ten_digits_and_blanks():
    frame = pd.DataFrame({"x": [1 / 3, None], "n": pd.array([576_000, None], "Int64")})
    assert to_csv(frame) == b"x,n\n0.3333333333,576000\n,\n"


def test_files_are_written_beside_what_is_there(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "tables.md").write_text("old")
    write_files({"tables.md": b"new"}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "tables.md"]
    assert (tmp_path / "tables.md").read_text() == "new"


def test_folders_are_made_for_the_files(tmp_path):
    write_files({"a": b"1"}, tmp_path / "x" / "y")
    assert (tmp_path / "x" / "y" / "a").read_bytes() == b"1"


def test_files_can_be_read_by_others(tmp_path):
    write_files({"a": b"1"}, tmp_path / "x")
    assert (tmp_path / "x").stat().st_mode & 0o555 == 0o555
    assert (tmp_path / "x" / "a").stat().st_mode & 0o444 == 0o444


def test_if_writing_fails_nothing_is_left(tmp_path):
    with pytest.raises(AnalysisError, match=r"out: cannot be written: .*"):
        write_files({"a": b"1", "no/such/folder": b"2"}, tmp_path / "x" / "out")
    assert list(tmp_path.iterdir()) == []


def test_if_writing_fails_what_was_there_stays(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(AnalysisError):
        write_files({"a": b"new", "no/such/folder": b"2"}, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(AnalysisError, match=r"out: cannot be written: File exists"):
        write_files({"a": b"1"}, tmp_path / "out")


@pytest.mark.parametrize("inside", [".", "below/it"])
def test_nothing_is_written_into_a_job(tmp_path, inside):
    job = write_job(tmp_path / "job", [make_trial()])
    with pytest.raises(AnalysisError, match=r"belongs to the job in .*job; choose another folder with --out"):
        write_files({"a": b"1"}, job / inside)
    assert not (job / "below").exists()
