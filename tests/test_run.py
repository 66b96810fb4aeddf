"""Jobs that are trained from Python, into a folder and without one."""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import pytest

import multirun_analysis.command
import seqmem
import seqmem.reproduce.__main__
from seqmem import records
from seqmem.cells import GRU, LSTM
from seqmem.job.job import Job
from seqmem.sweep import JobFailedError
from seqmem.tasks import LongLag, Recall
from seqmem.training.outcome import Outcome
from tests.command import call, elsewhere  # noqa: F401
from tests.engines.reference.own import Leaky

TINY = {"max_sequences": 192, "evaluate_every": 128, "test_sequences": 20, "trials": 2}
TASK = LongLag(p=10)


class Breaking(Leaky):
    """A cell that breaks for as long as it is told to."""

    broken = True

    def step(self, x, state, weights):
        if self.broken:
            raise RuntimeError("broken")
        return super().step(x, state, weights)


class Table(Recall):
    """A task that is handed what no config holds."""

    def __init__(self, table) -> None:
        super().__init__()
        self.table = table


def make(cell=None, hidden=3, task=TASK, **values) -> Job:
    return Job(seqmem.Network(task, cell or GRU(), hidden), **(TINY | values))


JOBS = [make(), make(LSTM(), 4), make(LSTM(), [3, 4])]


def run(*args, **options) -> list[list[Outcome]]:
    """On the reference engine, which needs no compiling."""
    return seqmem.run(*args, **({"engine": "reference"} | options))


def test_a_folder_holds_what_is_returned_without_one(tmp_path):
    for own, other in zip(chain(*run(JOBS, tmp_path)), chain(*run(JOBS)), strict=True):
        assert own.result.wrong == other.result.wrong
        assert own.result.test_loss == pytest.approx(other.result.test_loss, rel=1e-5)
        assert own.samples == other.samples
        assert [point.sequences for point in own.curve] == [point.sequences for point in other.curve]
        assert all(np.array_equal(value, other.weights[name]) for name, value in own.weights.items())
        assert (own.trace is None) == (other.trace is None)
        if own.trace:
            np.testing.assert_allclose(own.trace.hidden, other.trace.hidden, rtol=1e-5)
            np.testing.assert_allclose(own.trace.gradient_norm, other.trace.gradient_norm, rtol=1e-5)


def test_the_analysis_reads_the_folder(tmp_path, capsys):
    run(JOBS, tmp_path)
    assert multirun_analysis.command.main([str(tmp_path)]) == 0
    table = capsys.readouterr().out
    assert re.search(r"long_lag +gru +3 +2 ", table)
    assert re.search(r"long_lag +lstm +\[3, ?4\] +2 ", table)


def test_folders_are_named_by_what_sets_jobs_apart(tmp_path):
    run(JOBS, tmp_path)
    names = {folder.name.rpartition("-")[0] for folder in tmp_path.iterdir()}
    assert names == {"model=gru,hidden=3", "model=lstm,hidden=4", "model=lstm,hidden=[3,4]"}


def test_the_same_call_goes_on_with_what_is_not_done(tmp_path, capsys):
    first = run(JOBS[:2], tmp_path)
    assert "2 jobs, 4 trials to train" in capsys.readouterr().err
    again = run(JOBS, tmp_path)
    assert "3 jobs, 2 already done, 2 trials to train" in capsys.readouterr().err
    assert [[o.result for o in own] for own in again[:2]] == [[o.result for o in own] for own in first]


def test_the_command_line_goes_on_with_the_folder_too(tmp_path, elsewhere):  # noqa: F811
    run([make(), make(hidden=4)], tmp_path / "kept")
    overrides = records.read_result(next((tmp_path / "kept").iterdir())).overrides
    overrides = [override for override in overrides if not override.startswith("hidden=")]
    finished = call("-m", *overrides, "hidden=3,4,5", f"hydra.sweep.dir={tmp_path / 'kept'}")
    assert finished.code == 0
    assert "3 jobs, 2 already done, 2 trials to train" in finished.err


def test_a_trial_of_the_folder_can_be_loaded_and_run_again(tmp_path, capsys):
    run(JOBS[:1], tmp_path)
    (folder,) = tmp_path.iterdir()
    task, network = seqmem.load(folder, 1)
    assert (type(task), network.network.hidden) == (LongLag, (3,))
    assert seqmem.reproduce.__main__.main([str(folder)]) == 0


def test_a_cell_of_ones_own_is_kept_by_name(tmp_path):
    run([make(Leaky())], tmp_path)
    (folder,) = tmp_path.iterdir()
    assert records.read_result(folder).config["model"]["_target_"] == "tests.engines.reference.own.Leaky"
    assert isinstance(seqmem.load(folder, trust=True)[1].network.cell, Leaky)


def test_a_task_that_no_config_can_tell_is_trained_without_a_folder_only(tmp_path):
    job = make(task=Table(np.zeros(3)))
    assert len(run([job])[0]) == 2
    with pytest.raises(ValueError, match=r"^table of Table must be a plain value to be written to a folder, got \[0"):
        run([job], tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("folder", [None, "kept"])
def test_progress_is_shown_unless_it_is_not_wanted(tmp_path, capsys, folder):
    where = folder and tmp_path / folder
    run(JOBS[:2], where)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("2 jobs, 4 trials to train")
    assert [line.partition(":")[0] for line in lines[1:3]] == ["[1/2] model=gru,hidden=3", "[2/2] model=lstm,hidden=4"]
    run(JOBS[:2], where and tmp_path / "other", progress=False)
    assert capsys.readouterr().err == ""


def test_a_single_job_is_shown_by_its_task(capsys):
    run(JOBS[:1])
    assert "[1/1] LongLag: wrong" in capsys.readouterr().err


def test_threads_are_those_of_the_call(tmp_path):
    run(JOBS[:1], tmp_path, threads=1)
    (folder,) = tmp_path.iterdir()
    assert records.read_result(folder).config["threads"] == 1
    with pytest.raises(ValueError, match=r"^threads must be at least 1 \(or null\), got 0$"):
        run(JOBS, threads=0)


def test_jobs_that_are_the_same_are_trained_once_in_a_folder(tmp_path):
    first, second = run([make(), make(trials=1)], tmp_path)
    assert [outcome.result.seed for outcome in first] == [0, 1]
    assert second[0].result == first[0].result
    assert len(second) == 1


def test_a_job_that_fails_is_raised_when_the_others_have_ended(tmp_path, monkeypatch):
    jobs = [make(Breaking()), make()]
    with pytest.raises(JobFailedError, match=r"^1 of 2 jobs failed, .*Breaking.*: RuntimeError: broken$"):
        run(jobs, tmp_path)
    assert sorted(records.read_result(folder).status for folder in tmp_path.iterdir()) == ["done", "failed"]
    monkeypatch.setattr(Breaking, "broken", False)
    with pytest.raises(JobFailedError, match="broken"):
        run(jobs, tmp_path)
    assert [len(own) for own in run(jobs, tmp_path, retry="failed")] == [2, 2]


def test_what_fails_without_a_folder_is_raised_as_it_is():
    with pytest.raises(RuntimeError, match=r"^broken$"):
        run([make(Breaking())])


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        (make(), "jobs must be a list, got Job(..)"),
        ([make().network], "jobs must be a Job, got Network(..)"),
        ([Job], "jobs must be a Job, got the class Job; write Job(..)"),
    ],
)
def test_what_is_no_list_of_jobs_is_refused(jobs, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        seqmem.run(jobs)


def test_no_jobs_have_no_outcomes(tmp_path):
    assert run([]) == run([], tmp_path) == []


def test_an_unknown_retry_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^retry must be one of none, failed, all, got some$"):
        run(JOBS, tmp_path, retry="some")
