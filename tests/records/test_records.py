import inspect
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from msgspec.structs import astuple

from seqmem import records
from seqmem.engines.engine import Trace
from seqmem.records import RecordError, Result
from seqmem.training.outcome import CurvePoint, FurtherResult, Outcome, Sample, TrialResult

TRIAL = TrialResult(
    trial=0, seed=7, status="done", solved=True, sequences=576_000, sequences_to_criterion=12_800, wrong=3,
    outside_tolerance=5, answer_error=0.0625, test_sequences=3000, mean_test_error=0.25, train_loss=1.5e-7,
    test_loss=0.125,
    parameters=1_234_567, wall_time_s=0.5,
)  # fmt: skip
DIVERGED = replace(
    TRIAL, trial=1, seed=8, status="diverged", solved=False, sequences_to_criterion=None, wrong=None,
    outside_tolerance=None, answer_error=None, mean_test_error=None, train_loss=float("nan"), test_loss=None,
)  # fmt: skip
CURVE = [CurvePoint(64, 2.5, 0.75), CurvePoint(128, 1.25, 0.5, 1.5, 0.625, 0.875)]
SAMPLES = [Sample("4 7 0 2", "7", "7"), Sample('a,"b"\nc', "", "é")]
TRACE = Trace(np.array([0.5, 0.25], np.float32), np.array([[0, 1], [0.5, -1]], np.float32))
TESTS = [FurtherResult("20 bits", 3, 3000), FurtherResult("closed loop", None, 3000)]
WEIGHTS = {"readout.bias": np.array([1.5, -2], np.float32), "recurrent.weight_ih_l0": np.ones((2, 3), np.float32)}
RESULT = Result(
    "done", "0123456789ab", ["hidden=5", "clip=null"], {"hidden": [2, 4], "task": {"name": "echo"}, "clip": None},
    engine="fused", device="cpu", reason="built in", versions={"python": "3.11"}, summary={"wrong": 1.5},
)  # fmt: skip
OUTCOMES = [Outcome(DIVERGED, CURVE[:1], WEIGHTS, [], None), Outcome(TRIAL, CURVE, WEIGHTS, SAMPLES, TRACE)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job that is done."""
    records.write_outcomes(tmp_path, OUTCOMES)
    records.write_result(tmp_path, RESULT)
    return tmp_path


def test_a_result_reads_back_as_it_was_written(folder):
    assert records.read_result(folder) == RESULT


def test_trials_read_back_as_they_were_written_in_their_order(folder):
    first, second = records.read_trials(folder)
    assert first == TRIAL
    assert np.isnan(second.train_loss)
    assert replace(second, train_loss=None) == replace(DIVERGED, train_loss=None)


def test_curves_read_back_as_they_were_written(folder):
    assert [astuple(row) for row in records.read_curves(folder)] == [
        (0, 64, 2.5, 0.75, None, None, None, None, None),
        (0, 128, 1.25, 0.5, 1.5, 0.625, 0.875, None, None),
        (1, 64, 2.5, 0.75, None, None, None, None, None),
    ]


def test_trials_without_a_column_that_came_later_are_read(folder):
    path = folder / records.TRIALS
    rows = [line.split(",") for line in path.read_text().splitlines()]
    place = rows[0].index("answer_error")
    path.write_text("".join(",".join(row[:place] + row[place + 1 :]) + "\n" for row in rows))
    read = records.read_trials(folder)
    assert [trial.answer_error for trial in read] == [None, None]
    assert (read[0].wrong, read[0].test_sequences) == (TRIAL.wrong, TRIAL.test_sequences)


def test_curves_have_columns_of_a_validation_set_where_there_is_one(folder):
    assert "validation" not in (folder / records.CURVES).read_text()
    validated = replace(CURVE[1], validation_loss=1.75, validation_error=0.5)
    records.write_outcomes(folder, [Outcome(replace(DIVERGED, trial=2, seed=9), [CURVE[0], validated], {}, [], None)])
    rows = [astuple(row) for row in records.read_curves(folder)]
    assert rows[-1] == (2, 128, 1.25, 0.5, 1.5, 0.625, 0.875, 1.75, 0.5)
    assert rows[0] == (0, 64, 2.5, 0.75, None, None, None, None, None)


def test_samples_read_back_as_they_were_written_whatever_they_hold(folder):
    rows = records.read_samples(folder)
    assert [Sample(row.input, row.target, row.prediction) for row in rows] == SAMPLES


def test_a_trace_reads_back_as_it_was_written(folder):
    assert records.read_trace(folder) == [
        {"trial": 0, "step": 0, "gradient_norm": 0.5, "h0": 0, "h1": 1},
        {"trial": 0, "step": 1, "gradient_norm": 0.25, "h0": 0.5, "h1": -1},
    ]


def test_traces_of_several_trials_share_their_columns(tmp_path):
    outcomes = [Outcome(replace(TRIAL, trial=trial), CURVE, WEIGHTS, [], TRACE) for trial in (0, 1)]
    records.write_outcomes(tmp_path, outcomes)
    assert [(row["trial"], row["h1"]) for row in records.read_trace(tmp_path)] == [(0, 1), (0, -1), (1, 1), (1, -1)]


def test_further_tests_read_back_as_they_were_written(tmp_path):
    records.write_outcomes(tmp_path, [replace(outcome, tests=TESTS) for outcome in OUTCOMES])
    assert [astuple(row) for row in records.read_tests(tmp_path)] == [
        (trial, test, wrong, 3000) for trial in (0, 1) for test, wrong in (("20 bits", 3), ("closed loop", None))
    ]


def test_a_folder_without_further_tests_has_no_file_of_them_and_reads_as_none(folder):
    assert not (folder / records.TESTS).exists()
    assert records.read_tests(folder) == []


@pytest.mark.parametrize("content", ["", "trial,test,wrong\n", "trial,test,wrong,test_sequences\n0,x,many,3\n"])
def test_damaged_further_tests_are_named(folder, content):
    (folder / records.TESTS).write_text(content)
    assert read_refused(records.read_tests, folder).startswith(f"{folder / records.TESTS} is damaged: ")


@pytest.mark.parametrize("trial", [0, 1])
def test_weights_read_back_as_they_were_written(folder, trial):
    weights = records.read_weights(folder, trial)
    assert list(weights) == list(WEIGHTS)
    for name, value in WEIGHTS.items():
        np.testing.assert_array_equal(weights[name], value)


def test_weights_can_be_read_with_safetensors_alone(folder):
    weights = safetensors.numpy.load_file(folder / records.WEIGHTS)
    np.testing.assert_array_equal(weights["1.readout.bias"], WEIGHTS["readout.bias"])


def test_weights_of_trial_1_are_not_those_of_trial_10(tmp_path):
    records.write_outcomes(tmp_path, [Outcome(replace(TRIAL, trial=10), CURVE, WEIGHTS, [], None)])
    with pytest.raises(RecordError, match=r"weights.safetensors holds no trial 1$"):
        records.read_weights(tmp_path, 1)


def test_a_job_without_trials_reads_back_as_none(tmp_path):
    records.write_outcomes(tmp_path, [])
    assert records.read_trials(tmp_path) == records.read_curves(tmp_path) == records.read_trace(tmp_path) == []


def test_the_tables_are_for_people(folder):
    assert (folder / records.TRIALS).read_text().splitlines()[1:] == [
        "0,7,done,true,576000,12800,3,5,0.0625,3000,0.25,1.5e-07,0.125,1234567,0.5",
        "1,8,diverged,false,576000,,,,,3000,,nan,,1234567,0.5",
    ]


def test_nothing_in_a_job_folder_is_a_pickle(folder):
    assert {path.suffix for path in folder.iterdir()} == {".json", ".csv", ".safetensors"}
    for path in folder.iterdir():
        assert not path.read_bytes().startswith(b"\x80")


READERS = [
    (records.RESULT, records.read_result),
    (records.TRIALS, records.read_trials),
    (records.CURVES, records.read_curves),
    (records.SAMPLES, records.read_samples),
    (records.TRACE, records.read_trace),
    (records.WEIGHTS, lambda folder: records.read_weights(folder, 0)),
]


def read_refused(read, folder):
    with pytest.raises(RecordError) as error:
        read(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(("name", "read"), READERS)
def test_a_file_that_is_missing_is_named(folder, name, read):
    (folder / name).unlink()
    assert read_refused(read, folder) == f"{folder / name} is missing"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00\x00", b"\x00" * 64, b"Not found\n", b"[1, 2]", b"<html>\n</html>\n"]
)
@pytest.mark.parametrize(("name", "read"), READERS)
def test_a_file_of_another_kind_is_named(folder, name, read, content):
    (folder / name).write_bytes(content)
    assert read_refused(read, folder).startswith(f"{folder / name} is damaged: ")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("name", "read"), [item for item in READERS if not item[0].endswith(".csv")])
def test_a_file_that_was_cut_off_is_named(folder, name, read, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    assert read_refused(read, folder).startswith(f"{folder / name} is damaged: ")


@pytest.mark.parametrize("name", [records.TRIALS, records.CURVES, records.TRACE])
def test_a_row_that_was_cut_off_is_named(folder, name):
    path = folder / name
    path.write_text(path.read_text().rpartition(",")[0])
    assert read_refused(dict(READERS)[name], folder) == f"{path} is damaged: a row has too many values, or too few"


@pytest.mark.parametrize(("name", "read"), READERS)
def test_a_folder_in_the_place_of_a_file_is_named(folder, name, read):
    (folder / name).unlink()
    (folder / name).mkdir()
    assert read_refused(read, folder).startswith(f"{folder / name} is damaged: ")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("576000", "many", "row 1, sequences is 'many'; expected int, got str"),
        ("true", "yes", "row 1, solved is 'yes'; expected bool, got str"),
        ("diverged", "fine", "row 2, status is 'fine'; invalid enum value 'fine'"),
        ("diverged", "failed", "row 2, status is 'failed'; invalid enum value 'failed'"),
        ("0,7", ",7", "row 1, trial is empty; expected int, got null"),
        ("0,7", "0,1" + "0" * 19, "row 1, seed is '10000000000000000000'; expected int <= 4000000000000000"),
        ("0,7", "0,-1", "row 1, seed is '-1'; expected int >= 0"),
        ("12800,3,5,", "12800,3001,5,", "wrong must be at most test_sequences=3000, got 3001"),
        ("0.25,1.5e-07", "inf,1.5e-07", "row 1, mean_test_error is 'inf'; expected float <= 1.0"),
        (",0.5\n", ",nan\n", "row 1, wall_time_s is 'nan'; expected float >= 0.0"),
        ("1,8", "0,8", "two rows of one trial"),
        ("1,8", "1,7", "two rows of one seed"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told(folder, old, new, words):
    path = folder / records.TRIALS
    path.write_text(path.read_text().replace(old, new))
    assert words in read_refused(records.read_trials, folder)


def test_a_column_that_is_missing_is_told(folder):
    path = folder / records.TRIALS
    path.write_text(path.read_text().replace("wrong", "right"))
    assert read_refused(records.read_trials, folder) == f"{path} is damaged: no column wrong"


@pytest.mark.parametrize(
    "content",
    ['{"status": "done"}', '{"status": "lost", "fingerprint": "", "overrides": [], "config": {}}', '{"a": 1}'],
)
def test_a_result_of_another_program_is_named(folder, content):
    (folder / records.RESULT).write_text(content)
    assert "result.json is damaged: " in read_refused(records.read_result, folder)


def test_jobs_are_found_at_and_below_a_folder_in_order(tmp_path):
    for name in ("b", "a/2", "a/1", "a/1/inside", ".hidden"):
        records.write_result(tmp_path / name, RESULT)
    assert list(records.find_jobs(tmp_path)) == [tmp_path / "a/1", tmp_path / "a/2", tmp_path / "b"]
    assert list(records.find_jobs(tmp_path / "b")) == [tmp_path / "b"]
    assert list(records.find_jobs(tmp_path / "nowhere")) == []


def test_jobs_are_found_however_deep_they_lie_and_no_link_is_followed(tmp_path):
    deep = tmp_path.joinpath(*["a"] * 300)
    records.write_result(deep, RESULT)
    (deep.parent / "b").symlink_to(tmp_path)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        found = list(records.find_jobs(tmp_path))
    finally:
        sys.setrecursionlimit(before)
    assert found == [deep]


def test_a_file_is_written_into_a_folder_that_is_made_for_it(tmp_path):
    records.write_whole(tmp_path / "x" / "y", b"content")
    assert (tmp_path / "x" / "y").read_bytes() == b"content"


def test_a_file_can_be_read_by_others(tmp_path):
    records.write_whole(tmp_path / "x", b"content")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("function", ["fsync", "replace", "chmod"])
def test_if_writing_fails_the_old_file_stays_and_nothing_half_written(tmp_path, monkeypatch, function):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_args, **_kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(os if function == "fsync" else Path, function, fail)
    with pytest.raises(OSError, match="No space left"):
        records.write_whole(path, b"new")
    monkeypatch.undo()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]


def test_an_interruption_while_writing_leaves_nothing_half_written(tmp_path, monkeypatch):
    def interrupt(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        records.write_whole(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == []
