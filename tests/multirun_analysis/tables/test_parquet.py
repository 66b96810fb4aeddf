import io

import pandas as pd
import pytest

from multirun_analysis import build_tables, compare, conclude, read_sweep, summarise
from multirun_analysis.command import main
from multirun_analysis.tables.parquet import to_parquet
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong

pytest.importorskip("pyarrow", reason="Parquet needs the extra tables")


def read(content):
    return pd.read_parquet(io.BytesIO(content), dtype_backend="numpy_nullable")


@pytest.fixture
def sweep(tmp_path):
    write_wrong(tmp_path / "a", [3, 6], hidden=[8, 8])
    write_wrong(tmp_path / "b", [1, 2], model=LSTM)
    write_job(tmp_path / "c", [make_trial(0, sequences_to_criterion=500)], "running", hidden=9, trials=2)
    return tmp_path


def test_parquet_has_the_rows_and_columns_of_csv(sweep):
    read_ = read_sweep(sweep)
    summary, comparisons = summarise(read_), compare(read_)
    files = build_tables(read_, summary, comparisons, conclude(read_, summary, comparisons))
    for name in ("summary", "trials", "comparisons"):
        csv, parquet = pd.read_csv(io.BytesIO(files[f"{name}.csv"])), read(files[f"{name}.parquet"])
        assert list(parquet.columns) == list(csv.columns)
        assert len(parquet) == len(csv)


def test_kinds_are_kept_and_what_is_not_known_is_null(sweep):
    trials = read(to_parquet(read_sweep(sweep).trials))
    assert str(trials["solved"].dtype) == "boolean"
    assert str(trials["sequences_to_criterion"].dtype) == "Int64"
    assert trials["wrong"].isna().sum() == 1


def test_a_column_that_mixes_kinds_is_text(sweep):
    assert set(read(to_parquet(read_sweep(sweep).trials))["hidden"]) == {"[8,8]", "5", "9"}


def test_foreign_text_is_escaped():
    written = to_parquet(pd.DataFrame({"a\ud800": ["\x1b[31m", "\ud800"]}))
    assert read(written).to_dict("list") == {"a\\ud800": ["\\x1b[31m", "\\ud800"]}


def test_where_there_is_no_pyarrow_it_is_said(sweep, monkeypatch, capsys):
    monkeypatch.setattr("multirun_analysis.report.has_parquet", lambda: False)
    monkeypatch.setattr("multirun_analysis.command.has_parquet", lambda: False)
    monkeypatch.setattr("multirun_analysis.report.draw_all", lambda *_: iter(()))
    assert main([str(sweep)]) == 0
    assert capsys.readouterr().out.endswith("Parquet is not written: pip install 'seqmem[tables]'\n")
    assert not [*(sweep / "analysis").glob("*.parquet")]
