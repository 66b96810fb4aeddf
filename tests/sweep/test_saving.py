"""Of trials that are being trained, a process that is killed loses what it did in at most `save_every` seconds."""

from __future__ import annotations

import contextlib
import itertools
import signal
import time
from pathlib import Path

import pytest

from seqmem import records
from seqmem.sweep import stack_training
from seqmem.sweep.held_jobs import HeldJobs
from seqmem.training.trainer import Training
from tests.command import elsewhere  # noqa: F401
from tests.logged import BATCH
from tests.sweep.processes import finish, run, start
from tests.sweep.sweeping import Diary, run_settings, sweep

LONG = ["max_sequences=1e9", "evaluate_every=1e9", "engine=reference"]


class KilledError(BaseException):
    """The process ends here, and nothing is cleared up."""


class Clock:
    """Seconds that pass in training and in saving alone."""

    def __init__(self, round_s: float, save_s: float) -> None:
        self.now = 1000.0
        self.round_s = round_s
        self.save_s = save_s
        self.trained = self.saved = 0.0  # seconds of training in all, and those that are kept

    def monotonic(self) -> float:
        return self.now


def play(monkeypatch, clock: Clock, rounds: int) -> None:
    """Let training and saving take their time by the clock, and the process be killed in a round."""
    left, write = itertools.count(), records.write_state

    def advance(training: Training) -> tuple[int, list[int]]:
        killed = next(left) == rounds
        clock.now += clock.round_s
        clock.trained += clock.round_s
        if killed:
            raise KilledError
        return 0, []

    def save(*arguments) -> None:
        write(*arguments)
        clock.now += clock.save_s
        clock.saved = clock.trained

    monkeypatch.setattr(stack_training, "time", clock)
    monkeypatch.setattr(Training, "advance", advance)
    monkeypatch.setattr(records, "write_state", save)
    monkeypatch.setattr(HeldJobs, "interrupt", lambda held: None)


@pytest.mark.parametrize(("round_s", "save_s"), [(1, 0.01), (7, 0.5), (12, 2.9), (29, 0.1)])
@pytest.mark.parametrize("rounds", [1, 5, 8, 33])
def test_a_kill_loses_at_most_save_every_seconds_of_training(tmp_path, monkeypatch, round_s, save_s, rounds):
    clock = Clock(round_s, save_s)
    play(monkeypatch, clock, rounds)
    with contextlib.suppress(KilledError):
        list(run_settings(sweep(tmp_path, ["hidden=2", *LONG]), Diary(), save_every=30.0))
    assert clock.trained == (rounds + 1) * round_s
    assert clock.trained - clock.saved <= 30


def test_saving_takes_a_tenth_of_the_time_at_most(tmp_path, monkeypatch):
    clock = Clock(1, 20)
    play(monkeypatch, clock, 1000)
    with contextlib.suppress(KilledError):
        list(run_settings(sweep(tmp_path, ["hidden=2", *LONG]), Diary(), save_every=30.0))
    assert clock.now - 1000 <= 1.15 * clock.trained


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere")
def test_a_process_that_is_killed_goes_on_from_at_most_save_every_seconds_before():
    log, save_every, steps = Path("batches.log"), 3.0, 10_000
    task = ["task._target_=tests.logged.Logged", f"+task.path={log.absolute()}", f"batch_size={BATCH}", "stop=false"]
    training = [f"max_sequences={steps * BATCH}", f"evaluate_every={steps * BATCH}", "test_sequences=50", "trials=1"]
    command = ["-m", "hidden=2", *task, *training, f"save_every={save_every}", "engine=reference", "threads=1"]
    process = start(*command)
    while not log.exists() or _read(log)[-1] - _read(log)[0] < 2.5 * save_every:
        assert process.poll() is None, finish(process)
        time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    drawn = _read(log)
    assert run(*command)[0] == 0
    lost = len(_read(log)) - steps  # drawn twice
    assert 0 <= lost < len(drawn)
    round_s = 1.0 + max(later - earlier for earlier, later in itertools.pairwise(drawn))
    assert drawn[-1] - drawn[len(drawn) - 1 - lost] <= save_every + round_s


def _read(log: Path) -> list[float]:
    return [float(line) for line in log.read_text().split()]
