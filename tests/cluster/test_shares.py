"""Shares that are to be done, how many there are, and how far they have come."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from seqmem.cluster.board import Board
from seqmem.cluster.shares import Shares, SharesProgress, choose_count, identify
from seqmem.records.provenance import keep_arguments
from seqmem.sweep import Policy, Sweep
from tests.sweep.sweeping import Diary, run, run_settings
from tests.sweep.sweeping import sweep as make

JOBS = [[f"hidden={size}"] for size in (2, 3, 4, 5)]


def look_at(tmp_path, *jobs: list[str], **policy) -> Sweep:
    return Sweep(tmp_path, make(tmp_path, *(jobs or JOBS)), Policy(**policy))


def test_shares_with_nothing_to_do_are_left_out(tmp_path):
    shares = Shares(look_at(tmp_path), 2)
    assert shares.to_do == [1, 2]
    run([shares.sweep.settings[index] for index in shares.jobs[1]])
    assert Shares(look_at(tmp_path), 2).to_do == [2]
    assert Shares(look_at(tmp_path, retry="all"), 2).to_do == [1, 2]


def test_a_share_of_one_job_half_done_is_to_be_done(tmp_path):
    stopped = run_settings(look_at(tmp_path).settings[:1], Diary(), save_every=0)
    stopped.close()
    assert Shares(look_at(tmp_path, *JOBS[:1]), 1).to_do == [1]


def test_a_share_is_trained_by_the_command_that_was_typed(tmp_path):
    with keep_arguments(["-m", "hidden=2,3", "hydra/launcher=stacked_slurm"]):
        command = Shares(look_at(tmp_path), 4).command(3, 2)
    assert " ".join(command[1:]) == "-m seqmem.train -m hidden=2,3 hydra/launcher=stacked_slurm threads=2 shard=3/4"


def test_a_sweep_is_known_by_its_settings(tmp_path):
    assert identify(look_at(tmp_path)) == identify(look_at(tmp_path, *reversed(JOBS)))
    assert identify(look_at(tmp_path)) != identify(look_at(tmp_path, *JOBS[:3]))


def test_shares_take_about_as_long_as_is_asked_for(tmp_path):
    sweep = look_at(tmp_path)
    seconds = sum(s.choice.engine.estimate_seconds(s.job, s.job.trials) for s in sweep.settings)
    counts = [choose_count(sweep, 1, minutes, 100) for minutes in (seconds / 60 * 2, seconds / 60 / 2, 1e-9)]
    assert counts[0] == 1
    assert counts[1] in (2, 3, 4)
    assert counts[2] == len(JOBS)  # more than jobs would be empty
    assert choose_count(sweep, 1, 1e-9, 3) == 3


def test_progress_counts_what_was_there_and_what_comes(tmp_path):
    settings = make(tmp_path, *JOBS)
    run(settings[:1])
    progress = SharesProgress(look_at(tmp_path))
    assert (progress.settings, progress.total_settings, progress.trials, progress.total_trials) == (1, 4, 2, 8)
    run(settings[1:3])
    progress.look()
    assert (progress.settings, progress.trials, progress.solved, progress.failed) == (3, 6, 0, {})


def test_progress_counts_the_trials_of_a_job_that_runs(tmp_path):
    progress = SharesProgress(look_at(tmp_path))
    running = run_settings(look_at(tmp_path).settings[:2], Diary(), save_every=0)
    next(running)
    progress.look()
    assert progress.settings >= 1
    running.close()


def test_a_job_that_failed_before_counts_once_it_has_failed_again(tmp_path):
    faulty = [["task._target_=tests.faulty.Faulty", "+task.fault=error", "+task.after=3"]]
    run(make(tmp_path, *faulty))
    left_alone, again = (
        SharesProgress(look_at(tmp_path, *faulty)),
        SharesProgress(look_at(tmp_path, *faulty, retry="failed")),
    )
    assert (len(left_alone.failed), left_alone.settings) == (1, 1)
    again.look()
    assert (again.failed, again.settings) == ({}, 0)
    run(make(tmp_path, *faulty), retry="failed")
    again.look()
    assert (len(again.failed), again.settings) == (1, 1)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_board_shows_counts_states_and_reasons(tmp_path, terminal):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120, highlight=False)
    with Board(SharesProgress(look_at(tmp_path)), "array tasks", console) as board:
        board.show([("running", ""), ("waiting", "Resources"), ("waiting", "Resources")])
    text = out.getvalue()
    for words in ("settings 0/4, trials 0/8, solved 0", "array tasks", "running", "waiting", "Resources"):
        assert words in text
