"""Faults of the machine: disks, folders, memory; what was done stays done, and one line says what happened."""

from __future__ import annotations

import errno
import os
import shutil
import weakref
from pathlib import Path

import pytest

from seqmem import records
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.records import files
from seqmem.training.outcome import Sample
from tests.command import call, elsewhere  # noqa: F401
from tests.sweep.processes import run as run_alone
from tests.sweep.sweeping import Diary, read_numbers, run, run_settings, sweep

TINY = ["max_sequences=128", "evaluate_every=64", "test_sequences=20", "trials=2", "engine=reference"]
GRID = ["-m", "hidden=2,[3,3]", *TINY]  # two stacks


# Disks and folders.


def fail_later(monkeypatch, error: OSError, name: str) -> None:
    """Let writing of the second job's file of some name fail."""
    whole = files.write_whole

    def fail(path, content, lasting=True):
        if path.name == name and "3" in path.parent.name:
            monkeypatch.setattr(os, "fsync", refuse)
        whole(path, content, lasting)

    def refuse(_descriptor):
        raise error

    for module in ("table", "weights", "result"):
        monkeypatch.setattr(f"seqmem.records.{module}.write_whole", fail)


@pytest.mark.parametrize("name", ["curves.csv", "weights.safetensors", "trials.csv"])
@pytest.mark.usefixtures("elsewhere")
def test_a_full_disk_ends_the_sweep_with_one_line_and_what_was_done_stays_done(monkeypatch, name):
    with monkeypatch.context() as full:
        fail_later(full, OSError(errno.ENOSPC, "No space left on device"), name)
        finished = call(*GRID)
    (done,) = [job for job in records.find_jobs(Path("multirun")) if "hidden=2" in job.name]
    (other,) = [job for job in records.find_jobs(Path("multirun")) if job != done]
    assert finished.code == 2
    assert finished.err.splitlines()[-1].startswith(f"seqmem: cannot write {other}/{name}: No space left on device; ")
    assert "Traceback" not in finished.err
    assert records.read_result(done).status == "done"
    assert not (other / "lock").exists()
    before = {path: path.read_bytes() for path in done.glob("*.*") if path.is_file()}
    assert call(*GRID).err.startswith("2 jobs, 1 already done, 1 to continue, 2 trials to train, ")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.usefixtures("elsewhere")
def test_a_folder_that_goes_while_it_is_worked_in_ends_the_sweep_and_does_not_come_back(tmp_path):
    class Rude(Diary):
        def trial_done(self, setting, result) -> None:
            shutil.rmtree(tmp_path / "sweep", ignore_errors=True)

    settings = sweep(tmp_path / "sweep", ["hidden=2"], ["hidden=3"])
    with pytest.raises(FileNotFoundError, match="the folder is gone"):
        list(run_settings(settings, Rude()))
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize("name", ["ein Ordner mit Ümläuten, 'Zeichen' und 日本", "x" * 100 + "/" + "y" * 100])
def test_a_sweep_runs_in_any_folder(tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert call(*GRID).code == 0
    assert call(*GRID).err.startswith("2 jobs, 2 already done, 0 trials to train")
    assert len(list(records.find_jobs(folder))) == 2


@pytest.mark.usefixtures("elsewhere")
def test_a_sweep_runs_where_there_is_no_home():
    code, err = run_alone(*GRID, HOME="/proc/nowhere", XDG_CACHE_HOME="/proc/nowhere")
    assert code == 0, err


# Records that cannot be written.


def test_a_trial_whose_samples_cannot_be_written_keeps_its_result(tmp_path, monkeypatch, caplog):
    run(sweep(tmp_path / "whole", ["trials=2"]))
    broken = [Sample("\udcff", "1", "1")]  # half of a character: no text that a file can hold
    monkeypatch.setattr("seqmem.training.trainer.format_samples", lambda *_: broken)
    settings = sweep(tmp_path / "lost", ["trials=2"])
    run(settings)
    folder = settings[0].folder
    assert records.read_result(folder).status == "done"
    assert read_numbers(folder) == read_numbers(tmp_path / "whole" / folder.name)
    assert (records.read_samples(folder), records.read_trace(folder)) == ([], [])
    assert f"{folder}: the results are kept, but no samples and no trace: UnicodeEncodeError" in caplog.text


# Memory.


def limit_stacks(monkeypatch, trials: int, error: Exception) -> list[int]:
    """Let stacks of more than some trials fail; returns the sizes that were tried, as they come."""
    tried = []

    def build(engine, stack):
        tried.append(len(stack))
        if len(stack) > trials:
            raise error
        return ReferenceStack(stack)

    monkeypatch.setattr(ReferenceEngine, "build", build)
    return tried


@pytest.mark.parametrize(
    "error",
    [MemoryError("too large"), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
     RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")],
)  # fmt: skip
def test_a_stack_that_is_too_large_is_split_by_jobs_and_then_by_trials(tmp_path, monkeypatch, error):
    jobs = [["trials=4"], ["trials=4", "optimizer.lr=0.1"]]
    run(sweep(tmp_path / "whole", *jobs))
    tried = limit_stacks(monkeypatch, 2, error)
    settings = sweep(tmp_path / "split", *jobs)
    objectives, _ = run(settings)
    assert tried == [8, 4, 2, 2, 4, 2, 2]
    assert all(isinstance(objective, float) for objective in objectives.values())
    for setting in settings:
        expected = read_numbers(tmp_path / "whole" / setting.folder.name)
        assert [(trial.seed, trial.wrong) for trial in read_numbers(setting.folder)] == [
            (trial.seed, trial.wrong) for trial in expected
        ]


def test_a_trial_that_is_too_large_alone_fails_its_job_and_no_other(tmp_path, monkeypatch):
    def build(engine, stack):
        if any(trial.job.optimizer.lr == 0.1 for trial in stack):
            raise MemoryError("too large")
        return ReferenceStack(stack)

    monkeypatch.setattr(ReferenceEngine, "build", build)
    settings = sweep(tmp_path, ["seed=0"], ["optimizer.lr=0.1"], ["optimizer.lr=0.2"])
    objectives, _ = run(settings)
    assert [type(objectives[index]) for index in range(3)] == [float, MemoryError, float]
    assert records.read_result(settings[1].folder).error == "MemoryError: too large"
    assert "Traceback" in (settings[1].folder / "train.log").read_text()


def test_an_error_that_is_no_lack_of_memory_is_not_tried_trial_by_trial(tmp_path, monkeypatch):
    tried = limit_stacks(monkeypatch, 1, RuntimeError("no"))
    run(sweep(tmp_path, ["trials=4"]))
    assert tried == [4]


def test_the_memory_of_a_stack_that_was_too_large_is_free_before_its_halves_are_tried(tmp_path, monkeypatch):
    class Greedy(ReferenceStack):
        def advance(self, steps):
            if len(self.trials) > 1:
                raise MemoryError("too large")
            return super().advance(steps)

    built = []

    def build(engine, stack):
        assert all(engine() is None for engine in built)
        engine = Greedy(stack)
        built.append(weakref.ref(engine))
        return engine

    monkeypatch.setattr(ReferenceEngine, "build", build)
    objectives, _ = run(sweep(tmp_path, ["trials=3"]))
    assert (len(built), type(objectives[0])) == (5, float)
