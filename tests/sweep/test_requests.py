"""Requests for a share of the work."""

from __future__ import annotations

import pytest

from seqmem.records.lock import Owner
from seqmem.sweep.requests import WAITING, Requests
from tests.records.test_lock import dead_owner


@pytest.fixture
def processes(tmp_path) -> list[Requests]:
    return [Requests(tmp_path, Owner.create()) for _ in range(3)]


@pytest.fixture
def jobs(tmp_path) -> list:
    return [tmp_path / name for name in "abcdefg"]


def test_half_of_the_jobs_are_given_and_the_last_first(processes, jobs):
    asking, working, _ = processes
    asking.ask(jobs)
    assert working.answer(jobs) == jobs[4:]


def test_only_jobs_are_given_that_the_other_wants(processes, jobs):
    asking, working, _ = processes
    asking.ask([jobs[1], jobs[0].parent / "another"])
    assert working.answer(jobs) == [jobs[1]]


def test_one_that_wants_what_nobody_here_has_goes_on_asking(processes, jobs):
    asking, working, other = processes
    asking.ask(jobs[:2])
    assert working.answer(jobs[2:]) == []
    assert other.answer(jobs[:2]) == [jobs[1]]


def test_the_last_job_is_never_given(processes, jobs):
    asking, working, _ = processes
    asking.ask(jobs)
    assert working.answer(jobs[:1]) == []


def test_a_request_is_answered_once(processes, jobs):
    asking, first, second = processes
    asking.ask(jobs)
    assert [len(first.answer(jobs)), len(second.answer(jobs))] == [3, 0]


def test_a_request_that_was_withdrawn_is_not_answered(processes, jobs, tmp_path):
    asking, working, _ = processes
    asking.ask(jobs)
    asking.withdraw()
    assert working.answer(jobs) == []
    assert list(tmp_path.iterdir()) == []


def test_the_request_of_a_process_that_was_killed_is_cleared_away(tmp_path, processes, jobs):
    Requests(tmp_path, dead_owner()).ask(jobs)
    assert processes[0].answer(jobs) == []
    assert list((tmp_path / WAITING).iterdir()) == []


def test_one_that_ends_clears_away_the_requests_of_processes_that_were_killed(tmp_path, processes, jobs):
    Requests(tmp_path, dead_owner()).ask(jobs)
    processes[0].withdraw()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["notes.txt", "f" * 32])
@pytest.mark.parametrize("content", [b"mine", b"", b"\xff", b"[1, 2]", b'["", 3]', b"[" * 100_000])
def test_what_is_no_request_is_left_alone(tmp_path, processes, jobs, name, content):
    (tmp_path / WAITING).mkdir()
    (tmp_path / WAITING / name).write_bytes(content)
    assert processes[0].answer(jobs) == []
    processes[0].withdraw()
    assert (tmp_path / WAITING / name).read_bytes() == content
