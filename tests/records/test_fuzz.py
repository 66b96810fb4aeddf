"""Damaged job folders hurt no reader: what cannot be read is named in a line, and the rest is as it was."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
import resource
import shutil
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import seqmem
from multirun_analysis import read_sweep
from multirun_analysis.command import main as analyse
from multirun_analysis.documents.command import main as compare_documents
from multirun_analysis.watching.progress import Follower
from seqmem import records
from seqmem.config.build import ConfigError
from seqmem.reproduce.rerun import read_job
from tests.config.composing import TINY, make_settings
from tests.records.fuzz import Damage, damage, damage_pack
from tests.sweep.sweeping import Diary, run_settings

SECONDS = 60  # of processor time for one folder with several damaged jobs
WAIT = 600  # seconds, if it does nothing at all
MEMORY = 1000 * 2**10  # kB that all of them together may add to the process
JOBS = (("hidden=3",), ("model=lstm", "hidden=[2,3]"), ("task=binary_addition", "model=gru", "hidden=2"))


class TooSlowError(BaseException):
    """A reader that took too long."""


@pytest.fixture(scope="session")
def sound(tmp_path_factory) -> list[Path]:
    """Some jobs of a sweep that are done."""
    folder = tmp_path_factory.mktemp("sound")
    settings = make_settings(folder, *([*TINY, *overrides] for overrides in JOBS))
    list(run_settings(settings, Diary()))
    return [setting.folder for setting in settings]


def name_sound(job: Path) -> str:
    """The name of a sound job beside damaged ones: the first, which count of trials that there are several of."""
    return f"a-{job.name}"


def draw_sweep(sound: list[Path], folder: Path, rng: random.Random, number: int) -> list[Damage]:
    """A sweep of the sound jobs and some damaged ones, drawn by chance."""
    for job in sound:
        shutil.copytree(job, folder / name_sound(job))
    done = []
    for index in range(number):
        job = folder / f"damaged-{index}"
        shutil.copytree(rng.choice(sound), job)
        done.append(damage(job, rng))
        if rng.random() < 0.2:
            damage_pack(done[-1].folder, rng)
    return done


@contextlib.contextmanager
def limited() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooSlowError

    before = [signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, WAIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)


def run(function: Callable[[list[str]], int], arguments: list[str]) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = function(arguments)
        texts = []
        for stream in (out, err):
            stream.flush()
            texts.append(stream.buffer.getvalue().decode())
    return code, texts[0], texts[1]


def judge_analysis(folder: Path, damages: list[Damage], sound: list[Path]) -> Iterator[str]:
    """What is wrong with a report on a sweep some of whose jobs are damaged."""
    Follower([folder]).look()
    sweep = read_sweep(folder)
    notes = "\n".join(sweep.notes)
    found = set(sweep.jobs["job"])
    for job in sound:
        own = sweep.trials[sweep.trials["job"] == str(folder / name_sound(job))]
        if list(own["wrong"]) != [trial.wrong for trial in records.read_trials(job)]:
            yield f"{job.name} has other numbers"
    for done in damages:
        seen = str(done.folder) in found or records.visible(str(done.folder)) in notes
        if not seen and (done.folder / records.RESULT).is_file():
            yield f"{done.folder.name!r} is neither read nor named"
    for command, arguments in (
        (analyse, []),
        (compare_documents, ["--out", str(folder / "analysis" / "documents.md")]),
    ):
        code, out, err = run(command, [str(folder), *arguments])
        if code:
            yield f"exit code {code}: {err}"
        for line in [*out.split("\n"), *err.split("\n")]:
            if not line.isprintable():
                yield f"printed {line[:200]!r}"
    yield from judge_files(folder / "analysis")


def judge_files(report: Path) -> Iterator[str]:
    """What is wrong with the files of a report."""
    for path in report.glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            for text in row:
                if re.match(r"[=+\-@\t\r]", text) and not _is_number(text):
                    yield f"{path.name} has a formula: {text[:100]!r}"
    page = (report / "tables.md").read_text(encoding="utf-8")
    if tags := re.findall(r"<[A-Za-z/!?][^\n]{,40}", page):
        yield f"tables.md has HTML: {tags[0]!r}"
    if not all(line.isprintable() for line in page.split("\n")):
        yield "tables.md has what does not print"
    if any(path.name.startswith(".new-") for path in report.iterdir()):
        yield "half a report is left"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def judge_readers(folder: Path) -> list[str]:
    """What is wrong with how a job is taken up again: it is, or it is refused."""
    with contextlib.suppress(records.RecordError, ConfigError):
        seqmem.load(folder)
    with contextlib.suppress(records.RecordError, ConfigError):
        read_job(folder, records.read_result(folder), False, folder / "again")
    return []


def judge(verdicts: Callable[[], Iterable[str]]) -> list[str]:
    """What is wrong, exceptions and hours included."""
    try:
        with limited():
            return list(verdicts())
    except BaseException:
        return [traceback.format_exc()[-2500:]]


def judge_sweep(sound: list[Path], folder: Path, seed: int, number: int) -> list[str]:
    """What is wrong with how damaged jobs are read together; if anything is, each by itself as well."""
    damages = draw_sweep(sound, folder, random.Random(seed), number)
    found = judge(lambda: judge_analysis(folder, damages, sound))
    for done in damages:
        found += [f"{done.words}: {words}" for words in judge(partial(judge_readers, done.folder))]
    for done in damages if found else ():
        alone = folder.with_name(f"{folder.name}-alone")
        for job in sound:
            shutil.copytree(job, alone / name_sound(job))
        moved = Damage(done.words, done.folder.rename(alone / done.folder.name))
        found += [f"{done.words}: {words}" for words in judge(partial(judge_analysis, alone, [moved], sound))]
        shutil.rmtree(alone)
    return [f"seed {seed}: {words}" for words in found]


def judge_sweeps(sound: list[Path], folder: Path, seeds: range, number: int) -> list[str]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: list[str] = []
    for seed in seeds:
        found += judge_sweep(sound, folder / str(seed), seed, number)
        shutil.rmtree(folder / str(seed))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return found if grown < MEMORY else [*found, f"took {grown / 2**10:.0f} MB"]


@pytest.fixture
def no_figures(monkeypatch):
    """Reports without figures, which take most of their time."""
    monkeypatch.setattr("multirun_analysis.report.draw_all", lambda *_: iter(()))


def test_damaged_jobs_are_named_and_left_out(sound, tmp_path, no_figures):
    assert judge_sweeps(sound, tmp_path, range(4), 15) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_thousands_of_damaged_jobs_are_named_and_left_out(sound, tmp_path, no_figures, part):
    assert judge_sweeps(sound, tmp_path, range(1000 + 10 * part, 1010 + 10 * part), 20) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_figures_are_drawn_of_what_is_left_of_damaged_jobs(sound, tmp_path, part):
    assert judge_sweeps(sound, tmp_path, range(5000 + 4 * part, 5004 + 4 * part), 6) == []
