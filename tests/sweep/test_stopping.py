"""Ctrl-C, SIGTERM and kill -9: what the last run ends with is what a sweep that was never stopped ends with."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import threading
import time
from typing import Any

import pytest

from seqmem.sweep.interruption import Interruption, Stopped
from tests.command import elsewhere  # noqa: F401
from tests.sweep.processes import (
    ENDLESS,
    GRID,
    Reader,
    exists,
    finish,
    leftovers,
    read_files,
    run,
    start,
    statuses,
    wait_until,
)
from tests.sweep.sweeping import Diary, run_settings, sweep
from tests.sweep.sweeping import run as run_here

pytestmark = pytest.mark.usefixtures("elsewhere")
GOES_ON = "seqmem: interrupted; give the same command again to train the rest"


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, Any]:
    """The files of a sweep that was never stopped."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    assert run(*GRID, folder=folder)[0] == 0
    return read_files(str(folder))


# Killed.


def kill_and_go_on(times: int, rng: random.Random) -> int:
    """Kill a sweep at random moments of its training; returns how many of them were before its end."""
    hits = 0
    for _ in range(times):
        process = start(*GRID)
        wait_until(lambda: exists("sweep/*/lock"), process)
        time.sleep(rng.uniform(0, 0.5))
        process.kill()
        process.communicate()
        hits += process.returncode != 0
    return hits


def test_a_sweep_that_was_killed_five_times_ends_as_one_that_was_never_stopped(whole):
    with Reader() as reader:
        hits = kill_and_go_on(5, random.Random())
        code, err = run(*GRID)
    assert (code, reader.broken) == (0, []), err
    assert reader.read > 10
    assert hits >= 1
    assert statuses() == ["done", "done"]
    assert leftovers() == []
    assert read_files() == whole


@pytest.mark.slow
def test_a_sweep_that_was_killed_a_hundred_times_ends_as_one_that_was_never_stopped(whole):
    rng, hits = random.Random(0), 0
    while hits < 100:
        with Reader() as reader:
            hits += kill_and_go_on(10, rng)
            code, err = run(*GRID)
        assert (code, reader.broken, leftovers()) == (0, [], []), err
        assert read_files() == whole
        shutil.rmtree("sweep")


@pytest.mark.slow
def test_of_three_processes_that_are_killed_a_fourth_ends_as_one_that_was_never_stopped(whole):
    rng = random.Random(0)
    for _ in range(10):
        with Reader() as reader:
            processes = [start(*GRID) for _ in range(3)]
            wait_until(lambda: exists("sweep/*/lock"))
            for process in processes:
                time.sleep(rng.uniform(0, 0.5))
                process.kill()
                process.communicate()
            code, err = run(*GRID)
        assert (code, reader.broken, leftovers()) == (0, [], []), err
        assert read_files() == whole
        shutil.rmtree("sweep")


# Asked to stop.


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sweep_that_is_asked_to_stop_saves_says_how_to_go_on_and_goes_on(whole, number, code):
    process = start(*GRID)
    wait_until(lambda: exists("sweep/*/state.safetensors"), process)
    process.send_signal(number)
    assert finish(process)[0] == code
    assert "interrupted" in statuses()
    assert exists("sweep/*/state.safetensors")
    assert not exists("sweep/*/lock")
    ended, err = run(*GRID)
    assert (ended, leftovers()) == (0, [])
    assert " to continue, " in err[0]
    assert read_files() == whole


def test_one_that_is_asked_before_anything_was_saved_saves_all_the_same():
    process = start(*ENDLESS, "save_every=1000")
    wait_until(lambda: exists("sweep/*/lock"), process)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    code, err = finish(process)
    assert (code, err[-1]) == (130, GOES_ON)
    assert err[-2].startswith("seqmem: saving what is under way")
    assert statuses() == ["interrupted"]
    assert exists("sweep/*/state.safetensors")


def test_one_that_is_asked_twice_ends_at_once_and_leaves_nothing_half_written():
    process = start("-m", "task._target_=tests.faulty.Faulty", "+task.fault=hang", "trials=1", "engine=reference")
    wait_until(lambda: statuses() == ["running"], process)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, err = finish(process)
    assert time.monotonic() - asked < 20  # of the minute that a batch takes
    assert (code, err[-1]) == (130, GOES_ON)
    assert not any("Traceback" in line for line in err)
    assert (statuses(), leftovers()) == (["interrupted"], [])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_that_cannot_hear_ends_soon_after_it_was_asked_twice(number, code):
    process = start("-m", "task._target_=tests.faulty.Faulty", "+task.fault=compute", "trials=1", "engine=reference")
    wait_until(lambda: exists("computing"), process)
    time.sleep(0.5)
    process.send_signal(number)
    time.sleep(0.5)
    assert process.poll() is None
    asked = time.monotonic()
    process.send_signal(number)
    ended, err = finish(process)
    assert time.monotonic() - asked < 15  # of minutes
    assert (ended, err[-1]) == (code, GOES_ON)
    assert not any("Traceback" in line for line in err)


# In process.


def test_the_thread_that_counts_signals_ends_with_the_sweep_and_leaves_what_was_there(tmp_path):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing)
    try:
        with Interruption():
            assert "signals" in {thread.name for thread in threading.enumerate()}
        assert "signals" not in {thread.name for thread in threading.enumerate()}
        assert signal.set_wakeup_fd(before) == writing
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def test_in_a_notebook_no_thread_ends_the_kernel(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", None)
    with Interruption():
        assert "signals" not in {thread.name for thread in threading.enumerate()}


def test_a_signal_is_remembered_once_and_raised_twice():
    before = signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        interruption.check()
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped) as first:
            interruption.check()
        with pytest.raises(Stopped) as second:
            signal.raise_signal(signal.SIGTERM)
    assert [(error.value.code, error.value.at_once) for error in (first, second)] == [(143, False), (143, True)]
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_is_to_be_ignored_is_ignored(monkeypatch):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGINT)
            interruption.check()
    finally:
        signal.signal(signal.SIGINT, before)


class Impatient(Diary):
    """Asks the sweep to stop after some rounds."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def advance(self, sequences: int) -> None:
        super().advance(sequences)
        self.rounds -= 1
        if self.rounds == 0:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("engine", ["reference", "fused"])
@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_a_sweep_that_is_stopped_after_any_round_ends_with_the_bytes_of_one_that_was_not(tmp_path, engine, rounds):
    jobs = [
        [f"engine={engine}", "max_sequences=640", "evaluate_every=128", *own]
        for own in (["hidden=2"], ["hidden=2", "optimizer.lr=0.1"], ["hidden=3", "max_sequences=320"])
    ]
    run_here(sweep(tmp_path / "whole", *jobs))
    settings = sweep(tmp_path / "stopped", *jobs)
    diary = Impatient(rounds)
    with pytest.raises(Stopped):
        list(run_settings(settings, diary))
    before = diary.sequences
    _, after = run_here(settings)
    assert read_files(str(tmp_path / "stopped")) == read_files(str(tmp_path / "whole"))
    assert before + after.sequences == (640 + 640 + 320) * 2  # nothing was trained twice


def test_slurms_warning_ends_nothing_at_once_however_often_it_comes():
    with Interruption() as interruption:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGUSR1)
        with pytest.raises(Stopped) as stopped:
            interruption.check()
        assert not stopped.value.at_once
        with pytest.raises(Stopped, match="signal 15") as stopped:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert stopped.value.at_once
