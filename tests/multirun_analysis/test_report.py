import csv
import io

import pandas as pd
import pytest

from multirun_analysis import build_report, compare, conclude, read_sweep, summarise
from multirun_analysis.report import to_csv
from tests.multirun_analysis.folders import CONFIG, LSTM, write_job, write_wrong


def build(folder):
    sweep = read_sweep(folder)
    summary, comparisons = summarise(sweep), compare(sweep)
    return build_report(sweep, summary, comparisons, conclude(sweep, summary, comparisons))


@pytest.fixture
def files(tmp_path):
    write_wrong(tmp_path / "a", [3, 6])
    write_wrong(tmp_path / "b", [1, 2], model=LSTM)
    write_job(tmp_path / "c", None, "running", hidden=9, trials=1)
    return build(tmp_path)


def test_a_report_has_tables_and_figures(files):
    frames = {f"{name}.{kind}" for name in ("summary", "trials", "comparisons") for kind in ("csv", "parquet")}
    tables = {"report.html", "tables.md", "tables.tex"} | frames
    figures = {name.partition(".")[0] for name in set(files) - tables}
    assert figures == {"learning_curves", "wrong_predictions", "error_by_parameters", "gradients", "hidden_states"}
    assert set(files) == tables | {f"{name}.{kind}" for name in figures for kind in ("svg", "pdf", "png")}
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
    assert "- model: nothing can be shown with 1 to 2 trials a setting" in page
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


VARIED = {
    "clip": (None, 1.0),
    "batch_size": (64, 32),
    "max_sequences": (10_000, 20_000),
    "train_set": (None, 500),
    "stop": (True, False),
    "optimizer": ({"lr": 0.1}, {"lr": 0.2}),
    "loss": ({"name": "cross_entropy"}, {"name": "kl"}),
    "init": ({"bias": "default"}, {"bias": {"chrono": 50}}),
    "hidden": ([4, 8], [8, 4]),
}


@pytest.mark.parametrize("key", VARIED)
def test_settings_that_differ_in_any_key_are_rows_of_their_own_that_name_it(tmp_path, monkeypatch, key):
    monkeypatch.setitem(CONFIG, "init", {})
    monkeypatch.setattr("multirun_analysis.report.draw_all", lambda *_: iter(()))
    for index, value in enumerate(VARIED[key]):
        write_wrong(tmp_path / f"rnn{index}", [300] * 6, **{key: value})
        write_wrong(tmp_path / f"lstm{index}", range(6), model=LSTM, **{key: value})
    files = build(tmp_path)
    name = {"optimizer": "lr", "init": "init.bias", "clip": "clip"}.get(key, key)
    for table in ("tables.md", "tables.tex"):
        text = files[table].decode().replace("\\_", "_").replace("config.", "")
        header = next(line for line in text.splitlines() if "model" in line and "median" in line)
        assert name in header.replace("|", " ").replace("&", " ").split(), table
    assert len(pd.read_csv(io.BytesIO(files["summary.csv"]))) == 4
    comparisons = pd.read_csv(io.BytesIO(files["comparisons.csv"]))
    assert list(comparisons["key"]) == ["model", name if name in ("lr", "init.bias") else comparisons["key"][1]]
    assert comparisons["key"].str.contains(name, regex=False).tolist() == [False, True]


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(1)", "\uff1d1", "-x", "=", "--1"])
def test_a_text_that_a_spreadsheet_would_compute_is_defused(cell):
    assert to_csv(pd.DataFrame({cell: [cell]})).decode() == f"'{cell}\n'{cell}\n"


@pytest.mark.parametrize("cell", ["-1", "+1.5", "-1e-05", "+.5", "a=b", "1-1", "[-1]", "x@y", ""])
def test_numbers_and_other_texts_stay_as_they_are(cell):
    assert to_csv(pd.DataFrame({"x": [cell, "more"]})).decode() == f"x\n{cell or chr(34) * 2}\nmore\n"


def test_numbers_below_zero_stay_numbers():
    frame = pd.DataFrame({"x": [-1.5, 2.0], "n": [-3, 4], "mixed": pd.Series([-5, "-a"], dtype=object)})
    assert to_csv(frame) == b"x,n,mixed\n-1.5,-3,-5\n2,4,'-a\n"


def test_cells_hold_no_commands_for_a_terminal_and_no_halves_of_letters():
    assert to_csv(pd.DataFrame({"x": ["\x1b[31m", "\ud800", "\t=1"]})) == b"x\n\\x1b[31m\n\\ud800\n\\t=1\n"
