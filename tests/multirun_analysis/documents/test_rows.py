"""The table as data."""

import pytest

from multirun_analysis.documents.measures import MEASURES
from multirun_analysis.documents.rows import NEVER, TITLES, read_rows
from tests.multirun_analysis.documents.answers import make_row

ROWS = read_rows()


def test_every_row_asks_for_a_figure_that_there_is():
    assert {row.figure for row in ROWS} <= set(MEASURES)


def test_every_row_is_of_a_document_that_has_a_title():
    assert list(dict.fromkeys(row.document for row in ROWS)) == list(TITLES)


def test_every_printed_figure_is_a_number_or_never():
    printed = [row for row in ROWS if row.printed]
    assert all(row.printed == NEVER or float(row.printed) >= 0 or row.figure == "residual" for row in printed)


@pytest.mark.parametrize(
    ("document", "printed"), [("D0", 5), ("D1", 8), ("D2", 6), ("D3", 64), ("D4 digits", 3), ("D4 addition", 56)]
)
def test_no_printed_figure_is_left_out(document, printed):
    assert sum(bool(row.printed) for row in ROWS if row.document == document) == printed


def test_recall_is_compared_with_adam_reset_and_without():
    printed = [row for row in ROWS if row.document == "D4 recall" and row.printed]
    assert [row.setting.rpartition("=")[2] for row in printed] == ["True"] * 9 + ["False"] * 9


def test_no_row_stands_twice():
    keys = [(row.document, row.network, row.label, row.setting) for row in ROWS]
    assert not [key for index, key in enumerate(keys) if key in keys[:index]]


def test_a_command_quotes_what_a_shell_would_read():
    row = make_row(experiment="d2_lstm_by_hand", setting="hidden=[1,1] optimizer.lr=0.001")
    assert row.command == "python -m seqmem.train experiment=d2_lstm_by_hand 'hidden=[1,1]' optimizer.lr=0.001"
