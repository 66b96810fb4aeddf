"""Locks: one holder at a time, whoever dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from seqmem.records import lock
from seqmem.records.lock import LOCK, Observer, Owner, claim, holds, read_owner, release, touch

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


def test_where_there_is_no_lock_the_folder_is_free(tmp_path):
    assert Observer().free(tmp_path)


def test_the_lock_of_a_process_of_this_machine_that_is_gone_is_removed_at_once(tmp_path):
    claim(tmp_path, dead_owner())
    assert Observer().free(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_process_that_runs_stays(tmp_path):
    claim(tmp_path, HERE)
    observer = Observer(stale_s=60)
    assert not observer.free(tmp_path)
    assert holds(tmp_path, HERE)


def test_the_same_process_number_on_another_machine_says_nothing(tmp_path):
    claim(tmp_path, replace(dead_owner(), machine="far 2"))
    assert not Observer().free(tmp_path)


def test_a_lock_that_is_not_touched_for_long_is_removed(tmp_path):
    claim(tmp_path, ELSEWHERE)
    observer = Observer(stale_s=0.2)
    assert not observer.free(tmp_path)
    assert wait_until(lambda: observer.free(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_touched_stays_however_long(tmp_path):
    claim(tmp_path, ELSEWHERE)
    observer = Observer(stale_s=5)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        observer.seen = {f: (mark, since - 4, content) for f, (mark, since, content) in observer.seen.items()}
        touch(tmp_path)
        assert not observer.free(tmp_path)


@pytest.mark.parametrize("jump_s", [-(10**8), 10**8])
def test_a_clock_that_jumps_neither_frees_a_lock_nor_hides_a_touch(tmp_path, monkeypatch, jump_s):
    claim(tmp_path, ELSEWHERE)
    observer = Observer(stale_s=5)
    assert not observer.free(tmp_path)
    jumped = time.time_ns() + jump_s * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: jumped)
    for _ in range(3):  # the clock stands still as well
        before = observer.seen[tmp_path][0]
        touch(tmp_path)
        assert not observer.free(tmp_path)
        assert observer.seen[tmp_path][0] != before


def test_of_many_who_take_a_lock_that_was_left_behind_one_wins(tmp_path):
    owners = [replace(HERE, id=str(number)) for number in range(8)]
    dead = dead_owner()
    for turn in range(30):
        folder = tmp_path / str(turn)
        folder.mkdir()
        claim(folder, dead)
        tried = count_winners(owners, lambda owner, folder=folder: Observer().free(folder) and claim(folder, owner))
        assert tried <= 1
        assert sum(holds(folder, owner) for owner in owners) == tried


def test_one_who_was_slow_leaves_the_lock_of_one_who_was_faster(tmp_path):
    claim(tmp_path, ELSEWHERE)
    observer = Observer(stale_s=0)
    stale = (tmp_path / LOCK).read_bytes()
    (tmp_path / LOCK).unlink()
    claim(tmp_path, HERE)
    assert not observer._break(tmp_path / LOCK, stale)
    assert holds(tmp_path, HERE)


def test_a_process_that_was_killed_while_it_removed_a_lock_holds_nobody_up(tmp_path):
    claim(tmp_path, dead_owner())
    (tmp_path / lock.GUARD).touch()
    observer = Observer(stale_s=0.1)
    assert not observer.free(tmp_path)
    assert wait_until(lambda: observer.free(tmp_path))
    assert list(tmp_path.iterdir()) == []


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
    observer = Observer(stale_s=0.05)
    assert not observer.free(tmp_path)
    assert wait_until(lambda: observer.free(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["lock.damaged"]
    assert (tmp_path / "lock.damaged").read_bytes() == content


def test_a_process_number_beyond_all_bounds_is_not_looked_up(tmp_path):
    claim(tmp_path, replace(HERE, pid=10**30, id="x"))
    assert not Observer().free(tmp_path)


def test_a_folder_in_the_place_of_a_lock_is_an_error(tmp_path):
    (tmp_path / LOCK).mkdir()
    assert not claim(tmp_path, HERE)
    with pytest.raises(OSError, match="lock"):
        Observer().free(Path(tmp_path))
