"""Jobs that raise or are interrupted, and their neighbours."""

import re

import pytest

from seqmem import records
from seqmem.sweep import Setting
from tests.sweep.sweeping import FAULTY, FUSED, Diary, read_files, read_numbers, run, run_settings, sweep


@pytest.fixture
def faulty(tmp_path) -> list[Setting]:
    """Three settings that share a stack; the one in the middle fails in its second batch."""
    return sweep(
        tmp_path,
        [*FAULTY, "seed=0"],
        [*FAULTY, "+task.fault=error", "+task.after=3"],
        [*FAULTY, "optimizer.lr=0.1"],
    )


@pytest.fixture
def interrupted(tmp_path) -> list[Setting]:
    """A setting of another stack than the next, which is interrupted in its first batch."""
    return sweep(tmp_path, ["hidden=3"], [*FAULTY, "+task.fault=interrupt"])


# Failures.


def test_a_job_that_raises_leaves_the_others_numbers_unchanged(faulty, tmp_path):
    run(faulty)
    for setting, extra in ((faulty[0], []), (faulty[2], ["optimizer.lr=0.1"])):
        (alone,) = sweep(tmp_path / "alone", [*FAULTY, *extra])
        run([alone])
        assert read_numbers(setting.folder) == read_numbers(alone.folder)


def test_a_job_that_raises_gives_its_error_in_place_of_an_objective(faulty):
    objectives, _ = run(faulty)
    assert [type(objectives[index]) for index in range(3)] == [float, RuntimeError, float]


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
    assert diary.told[0] == ("start", "done", "anew", "done")
    assert diary.trained() == [faulty[1].folder.name] * 2
    assert isinstance(objectives[1], float)
    assert "Traceback" not in (faulty[1].folder / "train.log").read_text()


def test_all_is_trained_anew_if_that_is_asked_for(tmp_path):
    settings = sweep(tmp_path, ["hidden=2", *FUSED], ["hidden=3", *FUSED])
    run(settings)
    before = read_files(tmp_path)
    _, diary = run(settings, retry="all")
    assert len(diary.trained()) == 4
    assert read_files(tmp_path) == before


def test_a_job_that_cannot_be_built_into_a_stack_does_not_hold_up_the_others(tmp_path, monkeypatch):
    from seqmem.engines.reference.engine import ReferenceEngine
    from seqmem.engines.reference.stack import ReferenceStack

    def build(engine, trials):
        if len(trials) > 2:
            raise MemoryError("too large")
        return ReferenceStack(trials)

    monkeypatch.setattr(ReferenceEngine, "build", build)
    objectives, _ = run(sweep(tmp_path, ["seed=0"], ["optimizer.lr=0.1"]))
    assert all(isinstance(objective, float) for objective in objectives.values())


# Interruptions.


def test_an_interrupt_leaves_what_was_done_and_marks_the_rest(interrupted):
    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    assert [records.read_result(setting.folder).status for setting in interrupted] == ["done", "interrupted"]


def test_an_interrupt_stops_the_display(interrupted):
    diary = Diary()
    with pytest.raises(KeyboardInterrupt):
        list(run_settings(interrupted, diary))
    assert diary.told[-1] == ("stop",)


def test_a_sweep_that_is_left_between_two_jobs_marks_the_rest(tmp_path):
    settings = sweep(tmp_path, ["hidden=2"], ["hidden=3"])
    running = run_settings(settings, Diary())
    next(running)
    running.close()
    assert [records.read_result(setting.folder).status for setting in settings] == ["done", "interrupted"]


def test_an_interrupted_sweep_goes_on_with_what_is_not_done(interrupted):
    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    interrupted[1].job.task.fault = "none"
    _, diary = run(interrupted)
    assert diary.trained() == [interrupted[1].folder.name] * 2
