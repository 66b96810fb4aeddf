"""Which jobs of a sweep are trained, and what they leave."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import seqmem
from seqmem import records
from seqmem.tasks import mnist_files
from tests.sweep.sweeping import FAULTY, FUSED, Diary, read_files, run, run_points, sweep
from tests.tasks.mnist import checksums, write_files

# What is kept of a job.


def test_a_job_that_is_done_has_all_its_files(tmp_path):
    (point,) = sweep(tmp_path, [])
    run([point])
    assert {path.name for path in point.folder.iterdir()} == {
        "result.json", "trials.csv", "curves.csv", "samples.csv", "trace.csv", "weights.safetensors", "train.log",
    }  # fmt: skip


def test_a_result_tells_how_its_job_was_run(tmp_path):
    (point,) = sweep(tmp_path, ["hidden=3"])
    run([point])
    result = json.loads((point.folder / "result.json").read_text())
    assert result["status"] == "done"
    assert result["fingerprint"] == point.fingerprint
    assert (result["engine"], result["device"]) == ("reference", "cpu")
    assert result["config"]["hidden"] == 3
    assert "hidden=3" in result["overrides"]
    assert set(result["versions"]) >= {"python", "seqmem", "torch", "numpy", "numba"}
    assert result["summary"]["trials"] == 2


def test_a_result_tells_which_data_its_task_was_handed(tmp_path):
    folder = write_files(tmp_path / "mnist")
    points = sweep(
        tmp_path / "sweep",
        ["task=row_mnist", f"task.folder={folder}", "test_sequences=12", "batch_size=20"],
        ["task=echo"],
    )
    run(points)
    digests = [records.read_result(point.folder).digest for point in points]
    assert digests == [mnist_files.compute_digest(checksums().values()), None]


def test_a_point_gives_its_objective(tmp_path):
    points = sweep(tmp_path, [], ["objective=test_loss", "hidden=3"])
    objectives, _ = run(points)
    trials = [records.read_trials(point.folder) for point in points]
    assert objectives[0] == pytest.approx(np.mean([trial.wrong / 20 for trial in trials[0]]))
    assert objectives[1] == pytest.approx(np.mean([trial.test_loss for trial in trials[1]]), rel=1e-5)


def test_a_jobs_files_are_there_before_its_objective_is_given(tmp_path):
    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    for place, _ in run_points(points, Diary()):
        assert records.read_result(points[place].folder).status == "done"
        assert all(records.read_result(other.folder).status == "running" for other in points[place + 1 :])


# Equal results.


def test_points_have_the_numbers_of_the_same_jobs_without_a_folder(tmp_path):
    points = sweep(tmp_path, ["model=lstm"], ["model=gru", "task=echo"])
    run(points)
    outcomes = seqmem.run([point.job for point in points], engine="reference")
    for point, own in zip(points, outcomes, strict=True):
        assert [trial.wrong for trial in records.read_trials(point.folder)] == [o.result.wrong for o in own]
        for outcome in own:
            weights = records.read_weights(point.folder, outcome.result.trial)
            assert all(np.array_equal(weights[name], outcome.weights[name]) for name in outcome.weights)


def test_jobs_of_one_stack_have_the_numbers_of_the_same_jobs_alone(tmp_path):
    jobs = [[f"optimizer.lr={lr}"] for lr in (0.01, 0.02, 0.05)]
    together = sweep(tmp_path / "together", *jobs)
    run(together)
    for point, job in zip(together, jobs, strict=True):
        (alone,) = sweep(tmp_path / "alone", job)
        run([alone])
        for trial in range(2):
            expected = records.read_weights(alone.folder, trial)
            for name, value in records.read_weights(point.folder, trial).items():
                np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-5)


def test_outcomes_of_a_run_come_in_the_order_of_their_seeds():
    (job,) = (point.job for point in sweep(Path("nowhere"), ["task=echo", "trials=5", "seed=3", "max_sequences=30"]))
    (outcomes,) = seqmem.run([job], engine="reference")
    assert [outcome.result.seed for outcome in outcomes] == [3, 4, 5, 6, 7]


# What is done already.


def test_what_is_done_is_not_trained_again(tmp_path):
    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    first, _ = run(points)
    second, diary = run(points)
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
    (point,) = sweep(tmp_path, [])
    first, _ = run([point])
    records.write_result(point.folder, replace(records.read_result(point.folder), status=status))
    second, diary = run([point])
    assert diary.told[0] == ("start", "interrupted")
    assert diary.trained() == []
    assert second == pytest.approx(first, rel=1e-5)
    assert records.read_result(point.folder).status == "done"


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


def test_the_same_point_twice_is_trained_once(tmp_path):
    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"], ["hidden=2"])
    objectives, diary = run(points)
    assert len(diary.trained()) == 4
    assert diary.told[0] == ("start", "new", "new")
    assert objectives[0] == objectives[2]


def test_the_same_point_with_other_trials_is_trained_once_with_the_most(tmp_path):
    points = sweep(tmp_path, *(["optimizer.lr=0.1", f"trials={count}"] for count in (1, 4, 2)))
    objectives, diary = run(points)
    wrong = [trial.wrong / 20 for trial in records.read_trials(points[0].folder)]
    assert len(diary.trained()) == 4
    assert [objectives[place] for place in range(3)] == pytest.approx([np.mean(wrong[:n]) for n in (1, 4, 2)])


def test_the_same_point_for_two_objectives_is_trained_once_and_gives_both(tmp_path):
    points = sweep(tmp_path, ["objective=error_rate"], ["objective=test_loss"])
    objectives, diary = run(points)
    assert len(diary.trained()) == 2
    assert objectives[0] != objectives[1]


def test_twins_fail_together(tmp_path):
    points = sweep(tmp_path, *([[*FAULTY, "+task.fault=error"]] * 2))
    objectives, diary = run(points)
    assert all(isinstance(objectives[place], RuntimeError) for place in (0, 1))
    assert len([told for told in diary.told if told[0] == "failed"]) == 1


def test_jobs_are_marked_as_running_while_they_run(tmp_path):
    class Watching(Diary):
        def advance(self, sequences: int) -> None:
            self.told.append(("status", records.read_result(point.folder).status))

    (point,) = sweep(tmp_path, [])
    diary = Watching()
    list(run_points([point], diary))
    assert ("status", "running") in diary.told


def test_all_sequences_are_told_to_the_display(tmp_path):
    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    _, diary = run(points)
    assert diary.sequences == sum(t.sequences for point in points for t in records.read_trials(point.folder))
