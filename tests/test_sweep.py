"""Sweeps without the command line: tiny jobs on the reference engine."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqmem
from seqmem import records
from seqmem.results import TrialResult
from seqmem.sweep import Point, Policy, run_points
from tests.config.composing import TINY, make_points

FUSED = ["engine=fused"]
FAULTY = ["task._target_=tests.faulty.Faulty"]


class Diary:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.sequences = 0

    def start(self, points, standings) -> None:
        self.told.append(("start", *(standing.status for standing in standings)))

    def advance(self, sequences: int) -> None:
        self.sequences += sequences

    def trial_done(self, point, result) -> None:
        self.told.append(("trial", point.folder.name, result.trial))

    def job_done(self, point, results) -> None:
        self.told.append(("done", point.folder.name, len(results)))

    def job_failed(self, point, error) -> None:
        self.told.append(("failed", point.folder.name, str(error)))

    def note(self, text) -> None:
        self.told.append(("note", text))

    def stop(self) -> None:
        self.told.append(("stop",))

    def trained(self) -> list[str]:
        """Folders whose trials were trained, one entry a trial."""
        return [told[1] for told in self.told if told[0] == "trial"]


def run(points: list[Point], **policy: Any) -> tuple[dict[int, float | Exception], Diary]:
    diary = Diary()
    return dict(run_points(points, diary, Policy(**policy))), diary


def read_files(sweep: Path) -> dict[str, Any]:
    """All that is kept of a sweep's trials but for their times, by file."""
    found: dict[str, Any] = {}
    for job in records.find_jobs(sweep):
        for name in ("curves.csv", "samples.csv", "trace.csv", "weights.safetensors"):
            found[f"{job.name}/{name}"] = (job / name).read_bytes()
        found[job.name] = repr(read_numbers(job))  # as text, in which NaN is NaN
    return found


def read_numbers(folder: Path) -> list[TrialResult]:
    return [replace(trial, wall_time_s=0) for trial in records.read_trials(folder)]


def sweep(folder: Path, *jobs: list[str]) -> list[Point]:
    return make_points(folder, *([*TINY, *job] for job in jobs))


@pytest.fixture
def faulty(tmp_path) -> list[Point]:
    """Three points that share a stack; the one in the middle fails in its second batch."""
    return sweep(
        tmp_path,
        [*FAULTY, "seed=0"],
        [*FAULTY, "+task.fault=error", "+task.after=3"],
        [*FAULTY, "optimizer.lr=0.1"],
    )


@pytest.fixture
def interrupted(tmp_path) -> list[Point]:
    """A point of another stack than the next, which is interrupted in its first batch."""
    return sweep(tmp_path, ["hidden=3"], [*FAULTY, "+task.fault=interrupt"])


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


# Failures.


def test_a_job_that_raises_leaves_the_others_numbers_unchanged(faulty, tmp_path):
    run(faulty)
    for point, extra in ((faulty[0], []), (faulty[2], ["optimizer.lr=0.1"])):
        (alone,) = sweep(tmp_path / "alone", [*FAULTY, *extra])
        run([alone])
        assert read_numbers(point.folder) == read_numbers(alone.folder)


def test_a_job_that_raises_gives_its_error_in_place_of_an_objective(faulty):
    objectives, _ = run(faulty)
    assert [type(objectives[place]) for place in range(3)] == [float, RuntimeError, float]


def test_a_job_that_raises_says_so_in_its_own_result(faulty):
    run(faulty)
    result = records.read_result(faulty[1].folder)
    assert (result.status, result.error) == ("failed", "RuntimeError: no more symbols\nin [/the] bag")


def test_a_job_that_raises_has_its_traceback_in_its_own_log(faulty):
    run(faulty)
    log = (faulty[1].folder / "train.log").read_text()
    assert log.startswith("Traceback")
    assert re.search(r"faulty.py.*, in sample", log)
    assert "Traceback" not in (faulty[0].folder / "train.log").read_text()


def test_a_job_that_raises_is_told_at_once(faulty):
    _, diary = run(faulty)
    assert ("failed", faulty[1].folder.name, "no more symbols\nin [/the] bag") in diary.told


def test_a_job_that_raised_is_left_alone_and_gives_its_error_again(faulty):
    run(faulty)
    faulty[1].job.task.fault = "none"
    objectives, diary = run(faulty)
    assert diary.told == [("start", "done", "failed", "done"), ("stop",)]
    assert str(objectives[1]) == "RuntimeError: no more symbols\nin [/the] bag"


def test_a_job_that_raised_is_retried_alone_if_that_is_asked_for(faulty):
    run(faulty)
    faulty[1].job.task.fault = "none"
    objectives, diary = run(faulty, retry="failed")
    assert diary.told[0] == ("start", "done", "again", "done")
    assert diary.trained() == [faulty[1].folder.name] * 2
    assert isinstance(objectives[1], float)
    assert "Traceback" not in (faulty[1].folder / "train.log").read_text()


def test_all_is_trained_anew_if_that_is_asked_for(tmp_path):
    points = sweep(tmp_path, ["hidden=2", *FUSED], ["hidden=3", *FUSED])
    run(points)
    before = read_files(tmp_path)
    _, diary = run(points, retry="all")
    assert len(diary.trained()) == 4
    assert read_files(tmp_path) == before


def test_a_job_that_cannot_be_built_into_a_stack_does_not_hold_up_the_others(tmp_path, monkeypatch):
    from seqmem.engines.reference import ReferenceEngine

    def build(choice, trials):
        if len(trials) > 2:
            raise MemoryError("too large")
        return ReferenceEngine(trials)

    monkeypatch.setattr("seqmem.sweep.shift.build_engine", build)
    objectives, _ = run(sweep(tmp_path, ["seed=0"], ["optimizer.lr=0.1"]))
    assert all(isinstance(objective, float) for objective in objectives.values())


# Interruptions.


def test_an_interrupt_leaves_what_was_done_and_marks_the_rest(interrupted):
    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    assert [records.read_result(point.folder).status for point in interrupted] == ["done", "interrupted"]


def test_an_interrupt_stops_the_display(interrupted):
    diary = Diary()
    with pytest.raises(KeyboardInterrupt):
        list(run_points(interrupted, diary))
    assert diary.told[-1] == ("stop",)


def test_a_sweep_that_is_left_between_two_jobs_marks_the_rest(tmp_path):
    points = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    running = run_points(points, Diary())
    next(running)
    running.close()
    assert [records.read_result(point.folder).status for point in points] == ["done", "interrupted"]


def test_an_interrupted_sweep_goes_on_with_what_is_not_done(interrupted):
    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    interrupted[1].job.task.fault = "none"
    _, diary = run(interrupted)
    assert diary.trained() == [interrupted[1].folder.name] * 2


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
