import io

import pytest
from rich.console import Console

from multirun_analysis.tables.screen import MOST_LINES, MOST_ROWS, open_screen, print_lines, print_table, split_columns
from multirun_analysis.tables.tables import Column

KEYS = [Column(("task",), ["recall", "echo"], left=True, key=True), Column(("hidden",), ["2", "10"], key=True)]
RESULTS = [
    Column(("wrong", "mean"), ["1.0", "22.0"]),
    Column(("sd",), ["-", "3.1"], joined=True),
    Column(("s",), ["1", "2"]),
]


def printed(columns, width=80):
    text = io.StringIO()
    print_table(Console(file=text, width=width, highlight=False), columns)
    return text.getvalue()


def test_words_stand_to_the_left_and_numbers_to_the_right_below_their_header():
    assert printed(KEYS + RESULTS) == (
        "                wrong\n"
        "task    hidden   mean   sd  s\n"
        "-----------------------------\n"
        "recall       2    1.0    -  1\n"
        "echo        10   22.0  3.1  2\n"
    )


def test_columns_that_do_not_fit_are_printed_below_with_the_keys():
    assert printed(KEYS + RESULTS, width=27) == (
        "                wrong\n"
        "task    hidden   mean   sd\n"
        "--------------------------\n"
        "recall       2    1.0    -\n"
        "echo        10   22.0  3.1\n"
        "\n"
        "task    hidden  s\n"
        "-----------------\n"
        "recall       2  1\n"
        "echo        10  2\n"
    )


def test_keys_that_fill_half_of_the_screen_have_a_table_of_their_own():
    task, lr = Column(("task",), ["recall", "echo"], key=True), Column(("lr",), ["0.001", "0.02"], key=True)
    results = [Column((name,), ["1", "2"]) for name in ("solved", "mean")]
    headers = [[column.header[-1] for column in part] for part in split_columns([task, lr, *results], 20)]
    assert headers == [["#", "task", "lr"], ["#", "task", "solved"], ["#", "task", "mean"]]


def test_columns_that_belong_together_stay_together():
    tables = split_columns(KEYS + RESULTS, 24)
    assert [[column.header[-1] for column in table] for table in tables] == [
        ["task", "hidden", "mean", "sd"],
        ["task", "hidden", "s"],
    ]


def test_no_column_is_lost_on_a_screen_that_is_too_narrow_for_any():
    shown = [column for table in split_columns(KEYS + RESULTS, 1) for column in table if not column.key]
    assert shown == RESULTS


def test_of_many_rows_the_first_are_printed():
    column = Column(("n",), [str(n) for n in range(MOST_ROWS + 7)], key=True)
    lines = printed([column, column]).splitlines()
    assert lines[-1] == ".. and 7 rows more, in tables.md"
    assert len(lines) == MOST_ROWS + 3


def test_of_many_lines_the_first_are_printed(capsys):
    print_lines(Console(width=80), ["line"] * (MOST_LINES + 3))
    assert capsys.readouterr().out.splitlines()[-1] == ".. and 3 more"


@pytest.mark.parametrize(("environment", "width"), [({}, 120), ({"COLUMNS": "80"}, 80)])
def test_what_is_no_terminal_is_120_columns_wide_unless_told(monkeypatch, environment, width):
    monkeypatch.delenv("COLUMNS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert open_screen().width == width


def test_nothing_but_plain_text_goes_where_there_is_no_terminal(capsys):
    console = open_screen()
    print_table(console, KEYS + RESULTS)
    print_lines(console, ["words"], style="bold")
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
