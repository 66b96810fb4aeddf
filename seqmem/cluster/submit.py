"""Submits the shares of a sweep to Slurm, as one job array; submitit writes the batch script's head."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqmem.cluster.shares import SET_HERE, Shares
from seqmem.records.job_arrays import FOLDER
from seqmem.slurm import SlurmError

REQUEUE = 138  # exit code of a share that SIGUSR1 has ended, as Slurm sends it before the time limit


def submit(shares: Shares, numbers: Sequence[int], options: Mapping[str, Any], parallelism: int, restarts: int) -> str:
    """Submit some shares; returns the number of their job.

    What travels is a command line, the one that was typed, and which share: no pickle of submitit's.

    Args:
        shares: Of the sweep.
        numbers: Which of them.
        options: Of the job, as Hydra's launcher for submitit calls them; those that are None are left out.
        parallelism: How many tasks may run at a time.
        restarts: How often a task that has come to its time limit may be requeued.
    Raises:
        SlurmError: if Slurm does not take the job; the message is its own.
        ValueError: if submitit is not installed, or knows no such option.
    """
    try:
        import submitit
    except ImportError:
        raise ValueError("stacked_slurm needs submitit: pip install 'seqmem[slurm]'") from None
    folder = Path(shares.sweep.folder or "").absolute() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    given = {key: value for key, value in options.items() if value is not None}
    teardown, own = given.pop("teardown", []), given.pop("additional_parameters", {})
    own = {
        "array": f"{format_ranges(numbers)}%{parallelism}",
        "output": f"{folder}/%A_%a.log",
        "signal": f"USR1@{given['signal_delay_s']}",  # submitit's own is another
        "requeue": True,
        **own,
    }
    try:
        executor = submitit.SlurmExecutor(folder)
        given = executor._convert_parameters(given)
        executor.update_parameters(**given, additional_parameters=own, use_srun=False, stderr_to_stdout=True)
        command = make_command(shares, options["cpus_per_task"], restarts, teardown)
        return str(executor._submit_command(command).job_id)
    except (RuntimeError, submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        raise SlurmError(" ".join(str(error).split())) from None


def make_command(shares: Shares, cores: int, restarts: int, teardown: Sequence[str] = ()) -> str:
    """What a task of the array runs: its share, and again after its time limit.

    Of srun it is that signals reach the process itself, and not its shell. A share that was begun
    already trains nothing anew, whatever `retry` says. A task is requeued by its number in the
    array: the number of the last task's own job is that of the whole array.
    """
    typed = " ".join(shlex.quote(word) for word in shares.command("SHARE", cores))
    share = typed.replace("shard=SHARE/", 'shard="$SLURM_ARRAY_TASK_ID"/')
    return "\n".join(
        [
            f"unset {SET_HERE}",
            f"export SRUN_CPUS_PER_TASK={cores}",  # which Slurm no longer hands on by itself
            f"srun --unbuffered {share} ${{SLURM_RESTART_COUNT:+retry=none}}",
            "code=$?",
            *teardown,
            f'if [ "$code" = {REQUEUE} ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {restarts} ]; then',
            '    exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"',
            "fi",
            'exit "$code"',
        ]
    )


def format_ranges(numbers: Sequence[int]) -> str:
    """Numbers in their order as Slurm reads them: 1-3,5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
