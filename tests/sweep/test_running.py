"""Which jobs of a sweep are trained, and what they leave."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import seqmem
from seqmem import records
from seqmem.tasks import mnist_files
from tests.sweep.sweeping import FAULTY, FUSED, Diary, read_files, run, run_settings, sweep
from tests.tasks.mnist import checksums, write_files

# What is kept of a job.


def test_a_job_that_is_done_has_all_its_files(tmp_path):
    (setting,) = sweep(tmp_path, [])
    run([setting])
    assert {path.name for path in setting.folder.iterdir()} == {
        "result.json", "trials.csv", "curves.csv", "samples.csv", "trace.csv", "weights.safetensors", "train.log",
    }  # fmt: skip


def test_a_result_tells_how_its_job_was_run(tmp_path):
    (setting,) = sweep(tmp_path, ["hidden=3"])
    run([setting])
    result = json.loads((setting.folder / "result.json").read_text())
    assert result["status"] == "done"
    assert result["fingerprint"] == setting.fingerprint
    assert (result["engine"], result["device"]) == ("reference", "cpu")
    assert result["config"]["hidden"] == 3
    assert "hidden=3" in result["overrides"]
    assert set(result["versions"]) >= {"python", "seqmem", "torch", "numpy", "numba"}
    assert result["summary"]["trials"] == 2


def test_a_result_tells_which_data_its_task_was_handed(tmp_path):
    folder = write_files(tmp_path / "mnist")
    settings = sweep(
        tmp_path / "sweep",
        ["task=row_mnist", f"task.folder={folder}", "test_sequences=12", "batch_size=20"],
        ["task=echo"],
    )
    run(settings)
    digests = [records.read_result(setting.folder).digest for setting in settings]
    assert digests == [mnist_files.compute_digest(checksums().values()), None]


def test_a_setting_gives_its_objective(tmp_path):
    settings = sweep(tmp_path, [], ["objective=test_loss", "hidden=3"])
    objectives, _ = run(settings)
    trials = [records.read_trials(setting.folder) for setting in settings]
    assert objectives[0] == pytest.approx(np.mean([trial.wrong / 20 for trial in trials[0]]))
    assert objectives[1] == pytest.approx(np.mean([trial.test_loss for trial in trials[1]]), rel=1e-5)


def test_a_jobs_files_are_there_before_its_objective_is_given(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    for index, _ in run_settings(settings, Diary()):
        assert records.read_result(settings[index].folder).status == "done"
        assert all(records.read_result(other.folder).status == "running" for other in settings[index + 1 :])


# Equal results.


def test_settings_have_the_numbers_of_the_same_jobs_without_a_folder(tmp_path):
    settings = sweep(tmp_path, ["model=lstm"], ["model=gru", "task=echo"])
    run(settings)
    outcomes = seqmem.run([setting.job for setting in settings], engine="reference")
    for setting, own in zip(settings, outcomes, strict=True):
        assert [trial.wrong for trial in records.read_trials(setting.folder)] == [o.result.wrong for o in own]
        for outcome in own:
            weights = records.read_weights(setting.folder, outcome.result.trial)
            assert all(np.array_equal(weights[name], outcome.weights[name]) for name in outcome.weights)


def test_jobs_of_one_stack_have_the_numbers_of_the_same_jobs_alone(tmp_path):
    jobs = [[f"optimizer.lr={lr}"] for lr in (0.01, 0.02, 0.05)]
    together = sweep(tmp_path / "together", *jobs)
    run(together)
    for setting, job in zip(together, jobs, strict=True):
        (alone,) = sweep(tmp_path / "alone", job)
        run([alone])
        for trial in range(2):
            expected = records.read_weights(alone.folder, trial)
            for name, value in records.read_weights(setting.folder, trial).items():
                np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-5)


def test_outcomes_of_a_run_come_in_the_order_of_their_seeds():
    (job,) = (
        setting.job for setting in sweep(Path("nowhere"), ["task=echo", "trials=5", "seed=3", "max_sequences=30"])
    )
    (outcomes,) = seqmem.run([job], engine="reference")
    assert [outcome.result.seed for outcome in outcomes] == [3, 4, 5, 6, 7]


# What is done already.


def test_what_is_done_is_not_trained_again(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    first, _ = run(settings)
    second, diary = run(settings)
    assert diary.told == [("start", "done", "done"), ("stop",)]
    assert second == pytest.approx(first, rel=1e-5)


def test_what_is_not_done_is_trained_beside_what_is(tmp_path):
    old, new = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    run([old])
    _, diary = run([old, new])
    assert diary.told[0] == ("start", "done", "new")
    assert diary.trained() == [new.folder.name] * 2


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_what_was_left_after_its_last_trial_is_ended_without_training(tmp_path, status):
    (setting,) = sweep(tmp_path, [])
    first, _ = run([setting])
    records.write_result(setting.folder, replace(records.read_result(setting.folder), status=status))
    second, diary = run([setting])
    assert diary.told[0] == ("start", "interrupted")
    assert diary.trained() == []
    assert second == pytest.approx(first, rel=1e-5)
    assert records.read_result(setting.folder).status == "done"


def test_of_a_job_with_more_trials_than_were_trained_only_those_are_trained_that_are_not_there(tmp_path):
    fewer, more = (sweep(tmp_path, [f"trials={count}"])[0] for count in (2, 3))
    run([fewer])
    before = {path.name: path.read_bytes() for path in fewer.folder.glob("*.*")}
    weights = records.read_weights(fewer.folder, 1)
    _, diary = run([more])
    assert [told for told in diary.told if told[0] == "trial"] == [("trial", more.folder.name, 2)]
    for name in ("trials.csv", "curves.csv", "samples.csv", "trace.csv"):
        assert (more.folder / name).read_bytes().startswith(before[name])
    for name, value in records.read_weights(more.folder, 1).items():
        np.testing.assert_array_equal(value, weights[name])
    assert records.read_result(more.folder).summary["trials"] == 3


def test_a_job_whose_trials_grew_has_the_files_of_one_that_was_trained_at_once(tmp_path):
    for count in (1, 3):
        run(sweep(tmp_path / "grown", [f"trials={count}", *FUSED]))
    run(sweep(tmp_path / "whole", ["trials=3", *FUSED]))
    assert read_files(tmp_path / "grown") == read_files(tmp_path / "whole")


def test_a_job_with_fewer_trials_than_were_trained_is_done_and_counts_its_own(tmp_path):
    more, fewer = (sweep(tmp_path, [f"trials={count}", "optimizer.lr=0.1"])[0] for count in (5, 1))
    run([more])
    objectives, diary = run([fewer])
    trials = records.read_trials(more.folder)
    assert diary.trained() == []
    assert len(trials) == 5
    assert objectives[0] == trials[0].wrong / 20 != np.mean([trial.wrong for trial in trials]) / 20


# Twins.


def test_the_same_setting_twice_is_trained_once(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"], ["hidden=2"])
    objectives, diary = run(settings)
    assert len(diary.trained()) == 4
    assert diary.told[0] == ("start", "new", "new")
    assert objectives[0] == objectives[2]


def test_the_same_setting_with_other_trials_is_trained_once_with_the_most(tmp_path):
    settings = sweep(tmp_path, *(["optimizer.lr=0.1", f"trials={count}"] for count in (1, 4, 2)))
    objectives, diary = run(settings)
    wrong = [trial.wrong / 20 for trial in records.read_trials(settings[0].folder)]
    assert len(diary.trained()) == 4
    assert [objectives[index] for index in range(3)] == pytest.approx([np.mean(wrong[:n]) for n in (1, 4, 2)])


def test_the_same_setting_for_two_objectives_is_trained_once_and_gives_both(tmp_path):
    settings = sweep(tmp_path, ["objective=error_rate"], ["objective=test_loss"])
    objectives, diary = run(settings)
    assert len(diary.trained()) == 2
    assert objectives[0] != objectives[1]


def test_twins_fail_together(tmp_path):
    settings = sweep(tmp_path, *([[*FAULTY, "+task.fault=error"]] * 2))
    objectives, diary = run(settings)
    assert all(isinstance(objectives[index], RuntimeError) for index in (0, 1))
    assert len([told for told in diary.told if told[0] == "failed"]) == 1


def test_jobs_are_marked_as_running_while_they_run(tmp_path):
    class Watching(Diary):
        def advance(self, sequences: int) -> None:
            self.told.append(("status", records.read_result(setting.folder).status))

    (setting,) = sweep(tmp_path, [])
    diary = Watching()
    list(run_settings([setting], diary))
    assert ("status", "running") in diary.told


def test_all_sequences_are_told_to_the_display(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    _, diary = run(settings)
    assert diary.sequences == sum(t.sequences for setting in settings for t in records.read_trials(setting.folder))
