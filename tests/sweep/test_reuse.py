"""A trial is known by its setting and its seed: where another folder has it, it is not trained again."""

from __future__ import annotations

import numpy as np
import pytest

from seqmem import records
from seqmem.records.outcome import read_outcome
from seqmem.sweep.existing import find_existing
from seqmem.sweep.reuse import index_folders
from tests.sweep.processes import read_files
from tests.sweep.sweeping import FUSED, run, sweep
from tests.sweep.test_existing import change_result

TASK = ["task=binary_addition", "task.test_bits=[12]", *FUSED]  # with a further test, and losses of many digits


@pytest.fixture
def other(tmp_path):
    """A setting with seeds 0 to 3."""
    (setting,) = sweep(tmp_path, [*TASK, "trials=4"])
    run([setting])
    return setting


def reuse(tmp_path, seed: int, trials: int = 4):
    (setting,) = sweep(tmp_path, [*TASK, f"seed={seed}", f"trials={trials}"])
    return setting


def test_only_seeds_are_trained_that_no_folder_has_but_for_the_first(tmp_path, other):
    setting = reuse(tmp_path, seed=1)
    _, diary = run([setting])
    assert [told[2] for told in diary.told if told[0] == "trial"] == [0, 3]
    assert diary.sequences == 2 * records.read_trials(setting.folder)[0].sequences


def test_a_job_that_reused_has_the_files_of_one_that_did_not(tmp_path, other):
    run([reuse(tmp_path, seed=1)])
    run([reuse(tmp_path / "alone", seed=1)])
    files = read_files(str(tmp_path))
    for name, content in read_files(str(tmp_path / "alone")).items():
        assert files[name] == content
    mine, other = (next(folder.glob("seed=1*")) for folder in (tmp_path, tmp_path / "alone"))
    assert (mine / "tests.csv").read_bytes() == (other / "tests.csv").read_bytes()


def test_a_setting_stands_with_what_it_can_reuse(tmp_path, other):
    existing = find_existing(reuse(tmp_path, seed=2), "none", index_folders(tmp_path))
    assert (existing.status, existing.num_ended) == ("new", 1)
    assert [trial.seed for trial in existing.reused[other.folder]] == [3]


def test_nothing_is_reused_if_all_is_to_be_trained_anew(tmp_path, other):
    assert find_existing(reuse(tmp_path, seed=2), "all", index_folders(tmp_path)).num_ended == 0


@pytest.mark.parametrize("values", [{"fingerprint": "f" * 12}, {"versions": {"seqmem": "0.0.7"}}])
def test_nothing_is_reused_of_another_config_or_version(tmp_path, other, values):
    change_result(other.folder, **values)
    assert find_existing(reuse(tmp_path, seed=2), "none", index_folders(tmp_path)).num_ended == 0


@pytest.mark.parametrize("name", ["result.json", "trials.csv", "curves.csv", "tests.csv", "weights.safetensors"])
def test_what_is_damaged_is_not_reused_but_trained(tmp_path, other, name):
    (other.folder / name).write_bytes(b"\xff")
    setting = reuse(tmp_path, seed=2)
    _, diary = run([setting])
    assert len(diary.trained()) == 4
    assert len(records.read_trials(setting.folder)) == 4


def test_an_outcome_reads_back_as_it_was_written(other):
    outcome = read_outcome(other.folder, 3)
    assert outcome.result == records.read_trials(other.folder)[3]
    assert [test.test for test in outcome.tests] == [row.test for row in records.read_tests(other.folder)][:1]
    np.testing.assert_array_equal(
        outcome.weights["readout.bias"], records.read_weights(other.folder, 3)["readout.bias"]
    )


def test_a_trial_that_is_not_there_cannot_be_read(other):
    with pytest.raises(records.RecordError, match="holds no trial 9"):
        read_outcome(other.folder, 9)
