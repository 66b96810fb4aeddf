import numpy as np
import pytest

from multirun_analysis import METRICS, AnalysisError, pivot, read_sweep, summarise
from tests.multirun_analysis.folders import GRU, LSTM, make_trial, write_job, write_wrong


@pytest.fixture
def sweep(tmp_path):
    """lstm at 2 and 5, rnn at 2 only, each at two rates."""
    for lr in (0.1, 0.2):
        write_wrong(tmp_path / f"a{lr}", [300, 600], hidden=2, optimizer={"lr": lr})
        write_wrong(tmp_path / f"b{lr}", [30, 60], hidden=2, optimizer={"lr": lr}, model=LSTM)
        write_wrong(tmp_path / f"c{lr}", [3, 6], hidden=10, optimizer={"lr": lr}, model=LSTM)
    return read_sweep(tmp_path)


def printed(table):
    return [column.header for column in table.columns], [column.entries for column in table.columns]


def test_one_key_goes_down_and_one_across_with_a_table_for_each_value_of_the_others(sweep):
    first, second = pivot(sweep, summarise(sweep), ["model"], ["hidden"], "wrong")
    assert first.title == "wrong predictions, mean (sd), lr=0.1"
    assert second.title == "wrong predictions, mean (sd), lr=0.2"
    assert printed(first) == (
        [("model",), ("hidden=2",), ("hidden=10",)],
        [["lstm", "rnn"], ["45.0 (21.2)", "450.0 (212.1)"], ["4.5 (2.1)", "-"]],
    )


def test_numbers_are_there_as_a_frame(sweep):
    values = pivot(sweep, summarise(sweep), ["model"], ["hidden"], "wrong")[0].values
    np.testing.assert_array_equal(values, [[45, 4.5], [450, np.nan]])
    assert values.loc["lstm", 10] == 4.5


def test_several_keys_can_go_down_or_across(sweep):
    (table,) = pivot(sweep, summarise(sweep), ["model", "lr"], ["hidden"], "wrong")
    assert [column.entries for column in table.columns[:2]] == [["lstm", "lstm", "rnn", "rnn"], ["0.1", "0.2"] * 2]
    (table,) = pivot(sweep, summarise(sweep), ["model"], ["hidden", "lr"], "wrong")
    assert table.columns[1].header == ("hidden=2 lr=0.1",)


def test_without_keys_across_there_is_one_column_named_by_the_metric(sweep):
    (table,) = pivot(sweep, summarise(sweep), ["model", "hidden", "lr"], metric="seconds")
    assert table.columns[-1].header == ("seconds per trial",)
    assert table.columns[-1].entries == ["1.5"] * 6


def test_every_setting_stands_in_exactly_one_cell(sweep):
    summary = summarise(sweep)
    for rows, columns in ((["model"], []), (["hidden"], ["lr"]), (["lr"], ["model"])):
        tables = pivot(sweep, summary, rows, columns, "wrong")
        shown = [value for table in tables for value in table.values.to_numpy().ravel() if not np.isnan(value)]
        assert sorted(shown) == sorted(summary["wrong_mean"])


def test_a_key_that_some_settings_lack_is_a_row_of_its_own(tmp_path):
    write_wrong(tmp_path / "a", [1], task={"name": "echo", "index": None})
    write_wrong(tmp_path / "b", [2], task={"index": 1})
    write_wrong(tmp_path / "c", [3], task={"index": 2})
    write_wrong(tmp_path / "d", [4], task={"_target_": "x.Lag", "name": "lag"})
    sweep = read_sweep(tmp_path)
    tables = pivot(sweep, summarise(sweep), ["index"], ["task"], "wrong")
    assert sum(cell != "-" for table in tables for column in table.columns[1:] for cell in column.entries) == 4


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_be_shown(tmp_path, metric):
    trials = [make_trial(seed, 30, sequences_to_criterion=5000, outside_tolerance=40) for seed in range(2)]
    write_job(tmp_path / "a", trials, trials=2)
    write_job(tmp_path / "b", None, "running", hidden=7)
    sweep = read_sweep(tmp_path)
    (table,) = pivot(sweep, summarise(sweep), ["hidden"], metric=metric)
    shown = {
        "error_rate": "1.0 no spread", "wrong": "30.0 (0.0)", "outside_tolerance": "40.0 (0.0)", "solved": "2 of 2",
        "training_accuracy": "50.00", "sequences_to_criterion": "5,000", "parameters": "95", "seconds": "1.5",
    }  # fmt: skip
    assert table.columns[-1].entries == [shown[metric], "- (10 running)"]


def test_a_key_that_does_not_vary_is_refused_with_those_that_do(sweep):
    with pytest.raises(AnalysisError, match=r"batch_size does not vary .*; choose from task, model, hidden, "):
        pivot(sweep, summarise(sweep), ["batch_size"])


def test_a_key_that_is_named_twice_is_refused(sweep):
    with pytest.raises(AnalysisError, match=r"model is named twice"):
        pivot(sweep, summarise(sweep), ["model"], ["model"])


def test_a_metric_that_does_not_exist_is_refused_with_those_that_do(sweep):
    with pytest.raises(AnalysisError, match=r"metric must be one of error_rate, .*, got speed"):
        pivot(sweep, summarise(sweep), ["model"], metric="speed")


@pytest.mark.parametrize("metric", METRICS)
def test_trials_without_a_result_are_counted_in_the_cell_of_their_setting(tmp_path, metric):
    write_wrong(tmp_path / "a", [3, 6])
    write_job(tmp_path / "b", [make_trial(0, 3), make_trial(1, None, status="diverged")], "running", model=LSTM)
    write_job(tmp_path / "c", None, "failed", model=GRU)
    sweep = read_sweep(tmp_path)
    (table,) = pivot(sweep, summarise(sweep), ["model"], metric=metric)
    gru, lstm, rnn = table.columns[1].entries
    assert gru == "- (10 failed)"
    assert lstm.endswith(" (1 diverged, 8 running)")
    assert "(1" not in rnn
