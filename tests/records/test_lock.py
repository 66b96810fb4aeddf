"""Locks: one holder at a time, whoever dies."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from seqmem.records.lock import LOCK, Owner, claim, holds, is_left_behind, read_owner, release, take_over

HERE = Owner.create()
ELSEWHERE = Owner("far", "far 1", 1, "e" * 32, "2026-01-01T00:00:00+00:00")


def wait_until(condition) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_a_lock_is_claimed_once(tmp_path):
    assert [claim(tmp_path, HERE), claim(tmp_path, ELSEWHERE)] == [True, False]
    assert read_owner(tmp_path) == HERE
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_lock_that_was_released_can_be_claimed(tmp_path):
    claim(tmp_path, HERE)
    release(tmp_path, HERE)
    assert claim(tmp_path, ELSEWHERE)


def test_nobody_releases_the_lock_of_another(tmp_path):
    claim(tmp_path, ELSEWHERE)
    release(tmp_path, HERE)
    assert holds(tmp_path, ELSEWHERE)


def test_without_hard_links_a_lock_is_claimed_once_too(tmp_path, monkeypatch):
    def refuse(*_args):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert [claim(tmp_path, HERE), claim(tmp_path, ELSEWHERE)] == [True, False]
    assert read_owner(tmp_path) == HERE
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_lock_tells_people_who_holds_it(tmp_path):
    claim(tmp_path, HERE)
    told = json.loads((tmp_path / LOCK).read_text())
    assert (told["host"], told["pid"]) == (os.uname().nodename, os.getpid())


def test_of_many_who_claim_at_once_one_wins(tmp_path):
    owners = [replace(HERE, id=str(number)) for number in range(8)]
    for turn in range(20):
        folder = tmp_path / str(turn)
        folder.mkdir()
        assert count_winners(owners, lambda owner, folder=folder: claim(folder, owner)) == 1


def count_winners(owners, try_once) -> int:
    """How many of some threads, started together, succeed."""
    barrier, won = threading.Barrier(len(owners)), []

    def compete(owner):
        barrier.wait()
        won.append(try_once(owner))

    threads = [threading.Thread(target=compete, args=[owner]) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(won)


# Locks that were left behind.


def dead_owner() -> Owner:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return replace(HERE, pid=process.pid, id="d" * 32)


def test_the_lock_of_a_process_of_this_machine_that_is_gone_is_taken_over(tmp_path):
    claim(tmp_path, dead_owner())
    assert take_over(tmp_path, HERE)
    assert holds(tmp_path, HERE)


def test_the_lock_of_a_process_that_runs_stays(tmp_path):
    claim(tmp_path, HERE)
    assert not take_over(tmp_path, replace(HERE, id="other"))
    assert holds(tmp_path, HERE)


def test_the_same_process_number_on_another_machine_says_nothing(tmp_path):
    claim(tmp_path, replace(dead_owner(), machine="far 2"))
    assert not take_over(tmp_path, HERE)


def test_any_lock_is_taken_over_if_that_is_asked_for(tmp_path):
    claim(tmp_path, ELSEWHERE)
    assert take_over(tmp_path, HERE, whoever=True)
    assert holds(tmp_path, HERE)


def test_a_lock_that_went_meanwhile_is_claimed(tmp_path):
    assert take_over(tmp_path, HERE)
    assert holds(tmp_path, HERE)


def test_of_many_who_take_over_a_lock_one_wins(tmp_path):
    owners = [replace(HERE, id=str(number)) for number in range(8)]
    dead = dead_owner()
    for turn in range(30):
        folder = tmp_path / str(turn)
        folder.mkdir()
        claim(folder, dead)
        assert count_winners(owners, lambda owner, folder=folder: take_over(folder, owner)) == 1
        assert sum(holds(folder, owner) for owner in owners) == 1


def test_where_folders_cannot_be_locked_a_lock_is_taken_over_all_the_same(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("not here")

    monkeypatch.setattr(fcntl, "flock", fail)
    claim(tmp_path, dead_owner())
    assert take_over(tmp_path, HERE)


@pytest.mark.parametrize(("owner", "behind"), [(HERE, False), (ELSEWHERE, False), (None, True)])
def test_a_folder_is_left_behind_if_nobody_holds_it(tmp_path, owner, behind):
    if owner is not None:
        claim(tmp_path, owner)
    assert is_left_behind(tmp_path) == behind


def test_a_folder_whose_process_is_gone_is_left_behind(tmp_path):
    claim(tmp_path, dead_owner())
    assert is_left_behind(tmp_path)


# What is no lock of ours.


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[1]", b'{"pid": 1}', b"[" * 100_000,
        json.dumps(asdict(HERE) | {"pid": -1}).encode(),
        json.dumps(asdict(HERE) | {"pid": True}).encode(),
        json.dumps(asdict(HERE) | {"machine": 1}).encode(),
    ],
)  # fmt: skip
def test_a_file_that_is_no_lock_of_ours_has_no_owner_and_is_never_deleted(tmp_path, content):
    (tmp_path / LOCK).write_bytes(content)
    assert read_owner(tmp_path) is None
    assert not take_over(tmp_path, HERE)
    assert take_over(tmp_path, HERE, whoever=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "lock.damaged"]
    assert (tmp_path / "lock.damaged").read_bytes() == content


def test_a_process_number_beyond_all_bounds_is_not_looked_up(tmp_path):
    claim(tmp_path, replace(HERE, pid=10**30, id="x"))
    assert not take_over(tmp_path, HERE)


def test_a_folder_in_the_place_of_a_lock_is_an_error(tmp_path):
    (tmp_path / LOCK).mkdir()
    assert not claim(tmp_path, HERE)
    with pytest.raises(OSError, match="lock"):
        take_over(Path(tmp_path), HERE)
