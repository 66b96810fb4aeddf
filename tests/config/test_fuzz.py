"""Broken configs end before training: one line, exit code 2, nothing written, in little time and memory."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import call, elsewhere  # noqa: F401
from tests.config.fuzz import BAD, HYDRA, TOGETHER, Broken, draw, leaves

ROOT = Path(__file__).parents[2]
SECONDS = 20  # for one config; most take a tenth of a second
MEMORY = 400 * 2**10  # kB that all of them together may add to the process


class TooSlowError(BaseException):
    """A config that took too long."""


@pytest.fixture(autouse=True)
def no_training(monkeypatch, elsewhere):  # noqa: F811
    """Whoever comes as far as an engine has failed."""

    def fail(*arguments):
        raise KeyboardInterrupt("an engine was built")

    monkeypatch.setattr("seqmem.engines.fused.stack.FusedStack.__init__", fail)
    monkeypatch.setattr("seqmem.engines.reference.stack.ReferenceStack.__init__", fail)


def judge(broken: Broken) -> str | None:
    """What is wrong with how a broken config ended; None if nothing is."""

    def stop(*_):
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        finished = call(*broken.arguments)
    except TooSlowError:
        return f"more than {SECONDS} s"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return judge_end(broken, finished.code, finished.out, finished.err)


def judge_end(broken: Broken, code: int, out: str, err: str) -> str | None:
    if code != 2 or out or not err.startswith("seqmem: ") or err.count("\n") != 1 or not err.endswith("\n"):
        return f"exit code {code}, {out}{err}"
    if broken.names and not any(name in err for name in broken.names):
        return f"names none of {', '.join(broken.names)}: {err}"
    return f"wrote {left}" if (left := [path.name for path in Path().iterdir()]) else None


def judge_all(cases: list[Broken]) -> list[str]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdicts = [f"{' '.join(case.arguments)[:300]} -> {verdict}" for case in cases if (verdict := judge(case))]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return verdicts if grown < MEMORY else [*verdicts, f"took {grown / 2**10:.0f} MB"]


@pytest.mark.parametrize("part", range(6))
def test_broken_configs_end_in_one_line(part):
    assert judge_all(draw(25, seed=part)) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_a_thousand_broken_configs_end_in_one_line(part):
    assert judge_all(draw(50, seed=1000 + part)) == []


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [*TOGETHER, *HYDRA], ids=" ".join)
def test_what_does_not_fit_together_ends_in_one_line(arguments):
    assert judge(Broken(arguments)) is None


@pytest.mark.slow
def test_broken_commands_end_in_one_line():
    for broken in draw(40, seed=7):
        start = time.monotonic()
        command = [sys.executable, "-m", "seqmem.train", *broken.arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert judge_end(broken, finished.returncode, finished.stdout, finished.stderr) is None, broken.arguments
        assert time.monotonic() - start < SECONDS


def test_every_key_of_every_option_is_drawn_from():
    keys = {key for _, key, _ in leaves()}
    assert {"hidden", "task.p", "task.padding", "model.nonlinearity", "optimizer.momentum", "loss.reduction"} <= keys
    assert {type(default) for _, _, default in leaves()} <= set(BAD)


def test_the_same_seed_draws_the_same_configs():
    assert draw(20, seed=1) == draw(20, seed=1) != draw(20, seed=2)
