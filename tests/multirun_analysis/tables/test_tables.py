import pytest

from multirun_analysis import compare, read_sweep, summarise
from multirun_analysis.conclusions.sentences import explain
from multirun_analysis.page.table import lay_out
from multirun_analysis.tables.tables import Column, format_comparison, format_summary, to_markdown
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


def write_in(folder):
    """Columns by their header, with what stands above those that belong together."""
    sweep = read_sweep(folder)
    columns = format_summary(sweep, summarise(sweep))
    return {head.name: column for head, column in zip(lay_out(columns).heads, columns, strict=True)}


def test_columns_are_the_keys_that_vary_and_the_results(tmp_path):
    write_wrong(tmp_path / "a", [300, 300, 300, 600, 600, 600], hidden=2)
    write_wrong(tmp_path / "b", [600, 900], hidden=5)
    columns = write_in(tmp_path)
    assert {name: column.entries[0] for name, column in columns.items()} == {
        "task": "recall",
        "hidden": "2",
        "trials": "6",
        "solved trials": "0 of 6",
        "solved 95 %": "[0, 39]",
        "wrong of 3000 mean": "450.0",
        "error % median": "15.0",
        "error % 95 %": "[10.0, 20.0]",
        "training accuracy %": "50.00",
        "sequences to criterion": "> 10,000",
        "parameters": "95",
        "seconds per trial": "1.5",
    }


def test_one_trial_is_said_to_be_one(tmp_path):
    write_wrong(tmp_path, [300])
    columns = write_in(tmp_path)
    assert columns["error % 95 %"].entries == ["one trial"]


@pytest.mark.parametrize(("wrong", "shown"), [([0] * 10, "no spread"), ([0, 1, 2], "too few"), ([7] * 3, "no spread")])
def test_trials_that_are_all_alike_or_too_few_are_said_to_be(tmp_path, wrong, shown):
    write_wrong(tmp_path, wrong)
    assert write_in(tmp_path)["error % 95 %"].entries == [shown]


def test_the_size_of_the_test_set_is_a_column_where_it_differs(tmp_path):
    write_wrong(tmp_path / "a", [3])
    write_job(tmp_path / "b", [make_trial(0, 3, test_sequences=500)], trials=1, test_sequences=500)
    columns = write_in(tmp_path)
    assert columns["wrong mean"].entries == ["3.0", "3.0"]
    assert columns["config.test_sequences"].entries == ["500", "3000"]
    assert "test sequences" not in columns


def test_the_size_of_the_test_set_is_told_where_it_comes_with_the_task(tmp_path):
    write_wrong(tmp_path / "a", [3])
    echo = {"task": {"name": "echo"}, "test_sequences": 500}
    write_job(tmp_path / "b", [make_trial(0, 3, test_sequences=500)], trials=1, **echo)
    assert "500" in [cell for column in write_in(tmp_path).values() for cell in column.entries]


def test_what_became_of_lost_trials_is_a_column_where_there_are_any(tmp_path):
    write_wrong(tmp_path / "a", [3], model=LSTM)
    write_job(tmp_path / "b", [make_trial(0, None, status="diverged")], trials=1)
    columns = write_in(tmp_path)
    assert columns["diverged"].entries == ["0", "1"]
    assert not {"failed", "running", "missing", "interrupted"} & set(columns)


def test_the_stricter_tolerance_is_a_column_where_the_task_has_one(tmp_path):
    write_job(tmp_path, [make_trial(seed, outside_tolerance=seed) for seed in range(3)], trials=3)
    assert write_in(tmp_path)["outside tolerance mean"].entries == ["1.0"]


def test_the_error_of_single_answers_is_a_column_where_sequences_have_several(tmp_path):
    trials = [make_trial(0, answer_error=0.125), make_trial(1, None, status="diverged")]
    write_job(tmp_path, trials, trials=2)
    assert write_in(tmp_path)["by answer % median"].entries == ["56.2"]  # of the one that diverged all are wrong


def test_sequences_to_criterion_are_written_with_thousands(tmp_path):
    write_job(tmp_path, [make_trial(0, sequences_to_criterion=1_234_567)], trials=1)
    assert write_in(tmp_path)["sequences to criterion"].entries == ["1,234,567"]


def test_a_setting_without_results_is_a_row_of_dashes(tmp_path):
    write_wrong(tmp_path / "a", [3])
    write_job(tmp_path / "b", None, "running", hidden=7, trials=4)
    columns = write_in(tmp_path)
    assert columns["running"].entries == ["0", "4"]
    assert columns["trials"].entries[1] == "0"
    for name in (
        "solved trials",
        "solved 95 %",
        "wrong of 3000 mean",
        "error % median",
        "error % 95 %",
        "parameters",
        "seconds per trial",
    ):
        assert columns[name].entries[1] == "-"


def test_markdown_has_a_line_a_row_and_aligns_numbers_to_the_right(tmp_path):
    write_wrong(tmp_path / "a", [3], hidden=2)
    write_wrong(tmp_path / "b", [3], hidden=5)
    sweep = read_sweep(tmp_path)
    lines = to_markdown(format_summary(sweep, summarise(sweep))).splitlines()
    assert lines[0].startswith(
        "| task | hidden | trials | solved trials | 95 % | wrong of 3000 mean | error % median | 95 % |"
    )
    assert "sequences to criterion | parameters | seconds per trial |" in lines[0]
    assert lines[1].startswith("| --- | ---: | ---: |")
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize("value", ["a|b", "line\nbreak"])
def test_markdown_cells_cannot_break_the_table(tmp_path, value):
    write_wrong(tmp_path / "a", [3], model={"_target_": "x.Y", "name": value})
    write_wrong(tmp_path / "b", [3])
    sweep = read_sweep(tmp_path)
    lines = to_markdown(format_summary(sweep, summarise(sweep))).splitlines()
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert len(lines) == 4


def test_a_comparison_reads_as_a_row_with_the_size_of_the_difference_and_its_interval(tmp_path):
    write_wrong(tmp_path / "rnn", [300, 330, 360, 390, 420, 450])
    write_wrong(tmp_path / "lstm", [0, 0, 0, 0, 0, 480], model=LSTM)
    columns = format_comparison(explain(compare(read_sweep(tmp_path))))
    assert [column.entries[0] for column in columns] == [
        *("model", "lstm", "rnn", "keys", "wrong", "1", "12 points less [-2, 15]", "0.67", ".058"),
    ]
    assert len(columns) == len(to_markdown(columns).splitlines()[2].split("|")) - 2


def test_html_in_a_cell_is_shown_and_intervals_stay_as_they_are():
    entries = ["<b>x</b>", "<!-- x", "a|b", "> 5", "< 5", "[1.0, 2.0]"]
    lines = to_markdown([Column(("<i>",), entries)]).splitlines()
    assert [line[2:-2] for line in lines if "---" not in line] == [
        "&lt;i>", "&lt;b>x&lt;/b>", "&lt;!-- x", "a\\|b", "> 5", "< 5", "[1.0, 2.0]"
    ]  # fmt: skip


def test_a_name_makes_no_link_and_no_picture():
    table = to_markdown([Column(("![x](y)",), ["[a](javascript:b)"], key=True)])
    assert table.splitlines()[::2] == ["| ![x]\\(y) |", "| [a]\\(javascript:b) |"]
