"""Sweeps whose jobs are packed: the same numbers, resumed, enlarged, retried, cut into shares, killed, copied."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import pytest

import seqmem
from multirun_analysis import read_sweep
from seqmem import records
from seqmem.records import PACKED, packing
from seqmem.records.packed import open_stored
from seqmem.reproduce.__main__ import main as reproduce
from seqmem.sweep import Policy
from seqmem.sweep.policy import MOST_LOOSE
from tests.command import call, elsewhere  # noqa: F401
from tests.sweep.processes import GRID as KILLED
from tests.sweep.processes import run, start, statuses
from tests.sweep.sweeping import read_numbers

TINY = ["max_sequences=128", "evaluate_every=64", "test_sequences=20", "trials=2"]
GRID = ["-m", "hidden=2,3", *TINY]

pytestmark = pytest.mark.usefixtures("elsewhere")


def train(*arguments: str, folder: str = "sweep", code: int = 0):
    finished = call(*GRID, *arguments, f"hydra.sweep.dir={folder}")
    assert finished.code == code, finished.err
    return finished


def list_jobs(folder: str = "sweep") -> list[Path]:
    return list(records.find_jobs(Path(folder)))


def read_files(folder: str) -> dict[str, object]:
    """All that is kept of a sweep's trials but for their times, by file."""
    found: dict[str, object] = {}
    for job in list_jobs(folder):
        for name in (records.CURVES, records.SAMPLES, records.TRACE, records.WEIGHTS):
            with open_stored(job / name) as file:
                found[f"{job.name}/{name}"] = file.read()
        found[job.name] = repr(read_numbers(job))
    return found


def are_packed(folder: str = "sweep") -> bool:
    """Whether each job of a sweep has two files."""
    return all({path.name for path in job.iterdir()} == {PACKED, records.RESULT} for job in list_jobs(folder))


def test_a_packed_sweep_has_the_bytes_of_a_loose_one():
    train("pack=true")
    train(folder="loose")
    assert are_packed()
    assert not list(Path("loose").rglob(PACKED))
    assert read_files("sweep") == read_files("loose")


def test_sweeps_are_packed_by_themselves_where_they_have_more_than_a_thousand_settings():
    assert [Policy().packs(count) for count in (1, MOST_LOOSE, MOST_LOOSE + 1)] == [False, False, True]
    assert [Policy(pack=pack).packs(5_000 if not pack else 1) for pack in (True, False)] == [True, False]


def test_the_same_command_trains_nothing_and_changes_nothing():
    train("pack=true")
    before = {path: path.stat().st_mtime_ns for path in Path("sweep").glob("*/*")}
    assert "2 already done" in train("pack=true").err
    assert "2 already done" in train().err
    assert {path: path.stat().st_mtime_ns for path in Path("sweep").glob("*/*")} == before


def test_jobs_that_were_left_loose_are_packed_by_the_next_command():
    train()
    train("pack=true")
    assert are_packed()


def test_more_trials_are_added_to_packed_jobs():
    train("pack=true")
    assert "2 trials to train" in train("trials=3").err
    assert not list(Path("sweep").rglob(PACKED))
    train("trials=4", "pack=true")
    assert are_packed()
    train("trials=4", folder="whole")
    assert read_files("sweep") == read_files("whole")


def test_trials_of_packed_jobs_are_reused_under_another_seed():
    train("pack=true", "trials=3")
    assert "4 trials to train" in train("trials=3", "seed=1").err  # of six: the first is trained in its own folder


def test_all_packed_jobs_are_trained_anew_where_that_is_asked():
    train("pack=true")
    before = read_files("sweep")
    assert "4 trials to train" in train("retry=all", "pack=true").err
    assert are_packed()
    assert read_files("sweep") == before


def test_jobs_that_failed_are_not_packed_and_are_retried(tmp_path):
    faults = ["task._target_=tests.faulty.Faulty", "+task.fault=error", "engine=reference"]
    finished = train(*faults, "pack=true", code=1)
    assert "failed" in finished.err
    assert not list(Path("sweep").rglob(PACKED))
    assert statuses() == ["failed", "failed"]
    assert train(*faults, "pack=true", "retry=failed", code=1).err


def test_a_damaged_pack_fails_its_job_and_is_kept_when_the_job_is_retrained():
    train("pack=true")
    before = read_files("sweep")
    job = list_jobs()[0]
    (job / PACKED).write_bytes(b"damaged")
    finished = train("pack=true", code=1)
    assert f"{job}/{PACKED} is damaged" in finished.err
    finished = train("pack=true", "retry=failed")
    assert f"{job}/{PACKED}.damaged could not be read; the file is kept, and the job is retrained" in finished.err
    assert (job / f"{PACKED}.damaged").read_bytes() == b"damaged"
    assert read_files("sweep") == before


def test_a_copied_folder_is_loaded_reproduced_and_analysed(capsys):
    train("pack=true")
    job = list_jobs()[0]
    shutil.copytree(job, "copied")
    shutil.rmtree("sweep")
    _, network = seqmem.load("copied", trial=1)
    assert network is not None
    assert reproduce(["copied"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Identical, except for timings."
    assert len(read_sweep("copied").trials) == 2
    packing.unpack(Path("copied"))
    assert (Path("copied") / records.CURVES).is_file()


def test_a_disk_that_takes_nothing_leaves_the_files_as_they_are(monkeypatch):
    train()
    before = read_files("sweep")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing, "write_whole", refuse)
    train("pack=true")
    assert not list(Path("sweep").rglob(PACKED))
    assert read_files("sweep") == before


def test_a_job_that_another_process_has_taken_up_is_not_packed():
    train()
    job = list_jobs()[0]
    (job / records.LOCK).write_text("{}")
    train("pack=true")
    assert not (job / PACKED).exists()
    (job / records.LOCK).unlink()
    train("pack=true")
    assert are_packed()


@pytest.mark.slow
def test_shares_that_are_killed_over_and_over_end_with_the_bytes_of_one_process():
    rng = random.Random(0)
    grid = [*KILLED, "seed=0,100,200,300", "pack=true"]
    codes = {"1/2": -9, "2/2": -9}
    for _ in range(40):
        processes = {shard: start(*grid, f"shard={shard}") for shard, code in codes.items() if code}
        deadline = time.monotonic() + rng.uniform(1.5, 5)
        while time.monotonic() < deadline and any(process.poll() is None for process in processes.values()):
            time.sleep(0.01)
        for shard, process in processes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
            codes[shard] = process.returncode
        if not any(codes.values()):
            break
        for job in list_jobs():
            if records.read_result(job).status == "done":
                assert len(records.read_trials(job)) == 3
                assert records.read_weights(job, 2)
    assert run(*grid)[0] == 0
    assert run(*KILLED, "seed=0,100,200,300", folder=Path("whole"))[0] == 0
    assert are_packed()
    assert read_files("sweep") == read_files("whole")
