"""What others wrote into a job's files is checked against one schema, and no reader suffers from it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seqmem import records
from seqmem.records import RecordError
from seqmem.records.schema import DEEPEST
from tests.records.test_records import OUTCOMES, RESULT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job that is done."""
    records.write_outcomes(tmp_path, OUTCOMES)
    records.write_result(tmp_path, RESULT)
    return tmp_path


def change(folder: Path, key: str, value: Any) -> None:
    """Give a key of result.json, or of its config if dotted, another value."""
    path = folder / records.RESULT
    content = json.loads(path.read_bytes())
    group, _, name = key.rpartition(".")
    (content[group] if group else content)[name] = value
    path.write_text(json.dumps(content))


def refused(read: Callable[[Path], object], folder: Path) -> str:
    with pytest.raises(RecordError) as error:
        read(folder)
    message = str(error.value)
    assert message.isprintable()
    assert len(message) < 1000
    return message


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("status", "lost", "status is 'lost'; invalid enum value 'lost'"),
        ("status", 1, "status is 1; expected str, got int"),
        ("fingerprint", "x" * 200_000, "; expected str of length <= 200"),
        ("overrides", "a text", "overrides is 'a text'; expected array, got str"),
        ("overrides", [1], "overrides.0 is 1; expected str, got int"),
        ("versions", {"seqmem": ["0.1.0"]}, "versions: expected str, got array"),
        ("origin", [], "origin is []; expected object, got array"),
        ("error", {}, "error is {}; expected str | null, got object"),
        ("engine", 3, "engine is 3; expected str | null, got int"),
        ("config", [], "config is []; expected object, got array"),
        ("config.trials", 10**19, "config: expected int <= 9223372036854775807, in trials"),
        ("config.trials", 1_000_001, "trials is 1000001; expected float <= 1000000"),
        ("config.trials", -1, "trials is -1; expected float >= 1"),
        ("config.trials", "many", "trials is 'many'; expected float, got str"),
        ("config.trials", 1.5, "trials is 1.5; expected float that's a multiple of 1"),
        ("config.trials", float("inf"), "trials is inf; expected float <= 1000000"),
        ("config.seed", [1], "seed is [1]; expected float, got array"),
        ("config.seed", float("nan"), "seed is nan; expected float"),
        ("config.seed", None, "seed is None; expected float, got null"),
        ("config.max_sequences", float("inf"), "max_sequences is inf; expected float <= 1000000000000000"),
        ("config.task", ["recall"], "task is ['recall']; expected object, got array"),
        ("config.task", {"name": ["recall"]}, "task.name is ['recall']; expected str, got array"),
        ("config.task", {"_target_": {}}, "task._target_ is {}; expected str, got object"),
        ("config.model", {"name": "x" * 200_000}, "config: expected str of length <= 10000, in model"),
        ("config.model", {"name": "x" * 201}, "; expected str of length <= 200"),
        ("config.model", {"x" * 201: 1}, "config: expected str of length <= 200, in model"),
        ("config.hidden", 10**400, "config: expected int <= 9223372036854775807, in hidden"),
        ("config.hidden", [1] * 10_001, "config: expected array of length <= 10000, in hidden"),
    ],
)  # fmt: skip
def test_a_value_that_no_result_has_is_named(folder, key, value, words):
    change(folder, key, value)
    message = refused(records.read_result, folder)
    assert message.startswith(f"{folder / records.RESULT} is damaged: ")
    assert words in message


@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 100_000])
def test_deep_json_is_named(folder, levels):
    path = folder / records.RESULT
    path.write_text(path.read_text().replace('"hidden": [', f'"hidden": [{"[" * levels}{"]" * levels},'))
    refused(records.read_result, folder)


def test_a_number_of_many_digits_is_named(folder):
    path = folder / records.RESULT
    path.write_text(path.read_text().replace("1.5", "9" * 100_000))
    assert "4300 digits" in refused(records.read_result, folder)


@pytest.mark.parametrize("value", [float("inf"), [[2, 4], {"a": None}], True, "\ud800", "é\x1b[31m", {"1": 0.5}, ""])
def test_a_config_may_hold_all_else_that_a_class_of_ones_own_takes(folder, value):
    change(folder, "config.mine", value)
    assert records.read_result(folder).config["mine"] == value


@pytest.mark.parametrize(("seed", "trials"), [(0, 1), (10**15, 10**6), (1e3, 1e1)])
def test_seeds_and_trials_may_be_as_large_as_a_job_takes_them(folder, seed, trials):
    change(folder, "config.seed", seed)
    change(folder, "config.trials", trials)
    assert records.read_result(folder).config["trials"] == trials


def test_no_result_is_written_that_could_not_be_read(folder):
    before = (folder / records.RESULT).read_bytes()
    with pytest.raises(ValueError, match="config: expected str of length <= 200, in model"):
        records.write_result(folder, records.Result("running", "0" * 12, [], {"model": {"x" * 201: 1}}))
    assert (folder / records.RESULT).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (records.CURVES, "64,2.5", "1e30,2.5", "row 1, sequences is '1e30'; expected int, got str"),
        (records.CURVES, "0.75", "1.75", "row 1, train_error is '1.75'; expected float <= 1.0"),
        (records.CURVES, "0,128", "-1,128", "row 2, trial is '-1'; expected int >= 0"),
        (records.CURVES, "2.5", "1e400", "row 1, train_loss is '1e400'; number out of range"),
        (records.TRACE, "0,1,0.25", "0,1.5,0.25", "row 2, step is '1.5'; expected int, got str"),
        (records.TRACE, "-1\n", "x\n", "row 2, h1 is 'x'; expected float, got str"),
        (records.TRACE, "h1", "h7", "its columns are not trial, step, gradient_norm, h0, .."),
        (records.TRACE, "h1", "h0", "its columns are not trial, step, gradient_norm, h0, .."),
        (records.SAMPLES, "0,4", "zero,4", "row 1, trial is 'zero'; expected int, got str"),
        (records.SAMPLES, "trial,input,target", "trial,target,input", "its columns are not trial, input, target, pred"),
        (records.TRIALS, ",wall_time_s", ",wall_time_s,", "its columns are not trial, seed, status"),
        (records.TRIALS, "0,7,", "0,7,7,", "a row has too many values, or too few"),
    ],
)  # fmt: skip
def test_a_cell_that_no_table_has_is_named_with_its_row_and_column(folder, name, old, new, words):
    path = folder / name
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))
    read = {
        records.CURVES: records.read_curves, records.TRACE: records.read_trace,
        records.SAMPLES: records.read_samples, records.TRIALS: records.read_trials,
    }[name]  # fmt: skip
    assert words in refused(read, folder)


def test_the_row_is_the_one_of_the_whole_table(folder, monkeypatch):
    monkeypatch.setattr("seqmem.records.table.PORTION", 2)
    path = folder / records.CURVES
    path.write_text(path.read_text().replace("1,64", "1,x"))
    assert "row 3, sequences is 'x'" in refused(records.read_curves, folder)


def test_tables_have_a_limit_of_cells(folder, monkeypatch):
    monkeypatch.setattr("seqmem.records.table.MOST_CELLS", 17)
    assert "more than 2 rows" in refused(records.read_curves, folder)


def test_a_cell_may_be_as_long_as_the_input_of_a_long_sequence(folder):
    path = folder / records.SAMPLES
    path.write_text(path.read_text().replace("4 7 0 2", f'"{"0.123456,1 " * 20_000}"'))
    assert len(records.read_samples(folder)[0].input) == 220_000


def test_what_was_saved_of_a_trial_says_how_far_it_is_in_numbers(tmp_path):
    records.write_state(tmp_path, "a", {3: {"progress": {"steps": 5}, "more": {}}})
    assert records.read_steps(tmp_path) == {3: 5}
    records.write_state(tmp_path, "a", {3: {"progress": {"steps": 10**400}}})
    assert "expected int <= " in refused(records.read_steps, tmp_path)
