import numpy as np
import pandas as pd
import pytest

from multirun_analysis.page.table import Mark, draw_errors, drop_shared_keys, lay_out
from multirun_analysis.tables.tables import Column

MODEL = Column(("model",), ["lstm", "rnn"], left=True, key=True)
HIDDEN = Column(("hidden",), ["5", "5"], key=True)
WRONG = [
    Column(("wrong", "of 3000", "mean"), ["1.5", "2.5"]),
    Column(("median",), ["1", "2"], joined=True),
    Column(("95 %", "interval"), ["[0, 3]", "[1, 4]"], joined=True),
]


def summary(**values):
    names = ["wrong_min", "error_rate_low", "error_rate_median", "error_rate_high", "wrong_max"]
    return pd.DataFrame({name: values[name] for name in names} | {"test_sequences": values["of"]})


def test_columns_that_belong_together_stand_below_what_they_share():
    heads = lay_out([MODEL, *WRONG]).heads
    assert [(head.label, head.group, head.span) for head in heads] == [
        ("model", "", 0), ("mean", "wrong of 3000", 2), ("median", "wrong of 3000", 0), ("95 % interval", "", 0),
    ]  # fmt: skip


def test_each_column_has_a_name_of_its_own():
    names = [head.name for head in lay_out([MODEL, *WRONG]).heads]
    assert names == ["model", "wrong of 3000 mean", "wrong of 3000 median", "95 % interval"]


def test_words_broken_over_lines_are_whole_again():
    column = Column(("sequences", "to cri-", "terion"), ["1", "2"])
    assert lay_out([MODEL, column]).heads[1].name == "sequences to criterion"


def test_a_key_that_all_rows_share_is_left_out():
    assert drop_shared_keys([MODEL, HIDDEN, *WRONG]) == [MODEL, *WRONG]


def test_a_key_that_is_the_only_one_stays():
    assert drop_shared_keys([HIDDEN, *WRONG]) == [HIDDEN, *WRONG]


def test_rows_are_the_cells_of_all_columns():
    assert lay_out([MODEL, *WRONG]).rows == [("lstm", "1.5", "1", "[0, 3]"), ("rnn", "2.5", "2", "[1, 4]")]


def test_marks_stand_behind_the_keys_and_shift_the_cells_after_them():
    table = lay_out([MODEL, *WRONG])
    ends = {"error_rate_low": [0.1, 0.2], "error_rate_median": [0.2, 0.3], "error_rate_high": [0.3, 0.4]}
    drawn = draw_errors(table, summary(wrong_min=[0, 1], wrong_max=[90, 120], of=[300, 300], **ends))
    assert [head.column for head in table.heads] == [0, 1, 2, 3]
    assert [head.column for head in drawn.heads] == [0, 2, 3, 4]


@pytest.mark.parametrize(("largest", "scale"), [(0.0, 0.05), (0.05, 0.05), (0.06, 0.1), (0.3, 0.5), (1.0, 1.0)])
def test_the_scale_ends_at_a_round_number_that_holds_all(largest, scale):
    ends = {"error_rate_low": [0.0], "error_rate_median": [largest], "error_rate_high": [largest]}
    drawn = draw_errors(lay_out([MODEL]), summary(wrong_min=[0], wrong_max=[1000 * largest], of=[1000], **ends))
    assert drawn.scale == scale


def test_a_mark_is_the_summary_on_that_scale():
    ends = {"error_rate_low": [0.1], "error_rate_median": [0.2], "error_rate_high": [0.3]}
    drawn = draw_errors(lay_out([MODEL]), summary(wrong_min=[50], wrong_max=[500], of=[1000], **ends))
    assert drawn.marks == [Mark(10.0, 20.0, 40.0, 60.0, 100.0)]


def test_one_trial_has_no_interval_and_none_has_no_mark():
    nan = np.nan
    ends = {"error_rate_low": [nan, nan], "error_rate_median": [0.5, nan], "error_rate_high": [nan, nan]}
    drawn = draw_errors(lay_out([MODEL]), summary(wrong_min=[500, nan], wrong_max=[500, nan], of=[1000, nan], **ends))
    assert drawn.marks == [Mark(100.0, 100.0, 100.0, 100.0, 100.0), None]
