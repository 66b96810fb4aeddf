"""The one entry point: `python -m seqmem.train -m model=rnn,lstm hidden=2,5,10`."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from seqmem import __version__
from seqmem.config.before_run import RefusedError
from seqmem.config.build import ConfigError
from seqmem.config.command_line import add_multirun, read_command_line
from seqmem.config.composed import Composed, read_composed
from seqmem.config.deferring import add_environment, defer
from seqmem.config.entry import run_hydra
from seqmem.config.errors import BAD_INPUT, explain, one_line
from seqmem.config.files import check_files
from seqmem.config.help import format_help
from seqmem.config.jobs import read_jobs
from seqmem.config.settings import read_dry_run, read_policy, read_setting, register_resolver
from seqmem.config.zipped import quote_zip
from seqmem.console import ConsoleDisplay, track
from seqmem.output import drop_output, write_output
from seqmem.records.provenance import read_typed_arguments
from seqmem.slurm import SlurmError
from seqmem.starting import end_by_exception
from seqmem.sweep import (
    GOES_ON,
    ConflictError,
    HeldError,
    JobFailedError,
    Locks,
    Shard,
    Stopped,
    Sweep,
    Workers,
    pack_job,
    record_count,
    run_sweep,
)
from seqmem.sweep.plan import format_plan

HELD = 3  # the exit code if another process is at work in the folder

register_resolver()


def train(config: DictConfig) -> float:
    """Run one job in the folder that Hydra made for it; returns its objective."""
    hydra = HydraConfig.get()
    if read_dry_run([config]):  # what should have answered it was taken away, or another launcher has come this far
        raise ConfigError(
            "dry_run=true needs hydra/launcher=stacked, hydra/sweeper=grid and hydra.callbacks.before_run"
        )
    setting = read_setting(read_composed(config, hydra), Path(hydra.runtime.output_dir))
    policy = read_policy([config])
    if policy.shard is not None:
        raise ConfigError(
            f"shard={policy.shard} needs hydra/launcher=stacked, hydra/sweeper=grid and one shard a command"
        )
    alone = hydra.mode == RunMode.RUN  # then Hydra adds a line of its own to what is raised
    try:
        sweep = Sweep(setting.folder.parent, [setting], policy)
        ((_, outcome),) = run_sweep(sweep, ConsoleDisplay(command=_retry_command()))
    except (ConflictError, HeldError, OSError) as error:
        if alone:
            sys.exit(_say(_explain_folder(error), HELD if isinstance(error, HeldError) else 2))
        raise
    if isinstance(outcome, Exception):
        if alone:
            sys.exit(1)
        raise JobFailedError(str(outcome)) from outcome
    return outcome


def train_stacked(
    jobs: Iterable[Composed], overrides: Sequence[Sequence[str]], folder: Path, is_first: bool = True
) -> Iterator[tuple[int, Path, float | Exception]]:
    """Run all jobs of a sweep side by side.

    Args:
        jobs: As Hydra composes them; each is let go once it is checked.
        overrides: Those of each job.
        folder: The sweep's folder.
        is_first: Whether no other batch of the sweep has come before: some sweepers choose by what the last one gave.
    Yields:
        Each job's index, folder, and objective or error, as soon as its files are written; of a share, its own jobs.
    """
    read = read_jobs(jobs, overrides, folder, track)
    indices, shard = read.find_share(), read.policy.shard
    share = f"share {shard}: {len(indices):,} of {len(read.settings):,} settings"
    if not indices:
        _note(f"{share}, so there is nothing to do")
        return
    sweep = Sweep(folder, [read.settings[index] for index in indices], read.policy, track, is_first and not shard)
    if read.dry_run:
        sys.exit(write_output(format_plan(sweep) + (f"\nThis is {share}." if shard else "")))
    if shard:
        if changed := record_count(folder, Shard.read(shard).count):
            _note(changed)
        _note(share)
    packs = read.policy.packs(len(read.settings))
    with contextlib.closing(run_sweep(sweep, ConsoleDisplay(command=_retry_command()))) as running, Locks() as locks:
        for index, outcome in running:
            failed = isinstance(outcome, Exception)
            yield indices[index], sweep.settings[index].folder, JobFailedError(str(outcome)) if failed else outcome
            if failed and read.policy.fail_fast:
                raise JobFailedError(str(outcome))
            if packs and not failed:  # and Hydra's files are written, too
                pack_job(sweep.settings[index].folder, locks)


def hand_out(jobs: Iterable[Composed], overrides: Sequence[Sequence[str]], folder: Path, workers: Workers) -> None:
    """Check all jobs of a sweep here, and let others train them.

    Args:
        jobs: As Hydra composes them; each is let go once it is checked.
        overrides: Those of each job.
        folder: The sweep's folder.
        workers: Who trains.
    """
    read = read_jobs(jobs, overrides, folder, track, workers.are_here)
    sweep = Sweep(folder, read.settings, read.policy, track)
    count = workers.count_shares(sweep)
    if read.dry_run:
        shares = "This is one share" if count == 1 else f"These are {count:,} shares"
        sys.exit(write_output(f"{format_plan(sweep, workers.are_here)}\n{shares}."))
    if changed := record_count(folder, count):
        _note(changed)
    workers.run(sweep)


def _retry_command() -> str:
    """What runs just the jobs that failed."""
    arguments = [argument for argument in read_typed_arguments() if not argument.startswith("retry=")]
    return shlex.join(["python", "-m", "seqmem.train", *arguments, "retry=failed"])


# What the launchers look for.
train.stacked = train_stacked  # type: ignore[attr-defined]
train.hand_out = hand_out  # type: ignore[attr-defined]


def main() -> None:
    """Run the command line.

    Exit codes: 0; 1 if a job failed; 2 for bad input; 3 if another process is at work in the
    folder; 130 after Ctrl-C, 143 after SIGTERM, 138 after SIGUSR1.
    """
    if "--version" in sys.argv[1:]:
        sys.exit(write_output(f"seqmem {__version__}"))
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads wait for each other longer than they help here
    full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # let errors come here, instead of printing them
    try:
        end_by_exception()
        command = read_command_line(sys.argv[1:])
        if command.help:
            sys.exit(write_output(format_help(command.overrides, command.config_dir)))
        check_files(sys.argv[1:])
        command = add_multirun(command)
        overrides = [add_environment(quote_zip(override)) for override in command.overrides]
        run_hydra(train, [*command.flags, *(defer(overrides) if command.multirun else overrides)])
    except RefusedError as refused:
        if full_error:
            raise
        sys.exit(_say(explain(refused.error, sys.argv[1:]), 2))
    except BAD_INPUT as error:
        if full_error:
            raise
        sys.exit(_say(explain(error, sys.argv[1:]), 2))
    except JobFailedError:
        sys.exit(1)
    except BrokenPipeError:  # who reads --help has seen enough
        drop_output()
        sys.exit(1)
    except (ConflictError, OSError) as error:
        if isinstance(error, OSError) and error.errno is None:  # not the system's: OmegaConf, of a file of options
            sys.exit(_say(explain(error, sys.argv[1:]), 2))
        sys.exit(_say(_explain_folder(error), 2))
    except HeldError as error:
        sys.exit(_say(str(error), HELD))
    except SlurmError as error:
        sys.exit(_say(str(error), 2))
    except KeyboardInterrupt as error:
        _say(GOES_ON, 130)
        if isinstance(error, Stopped) and error.at_once:
            os._exit(error.code)  # the engine's threads would be waited for
        sys.exit(error.code if isinstance(error, Stopped) else 130)
    except Exception as error:
        if full_error or _was_running(error):
            raise
        sys.exit(_say(explain(error, sys.argv[1:]), 2))


def _explain_folder(error: ConflictError | HeldError | OSError) -> str:
    """What keeps a sweep from its folder."""
    if isinstance(error, ConflictError | HeldError):
        return str(error)
    where = f"cannot write {error.filename}" if error.filename else "cannot write the results"
    return f"{where}: {error.strerror}; choose another folder with hydra.sweep.dir, or without -m with hydra.run.dir"


def _was_running(error: Exception) -> bool:
    """Whether an error comes from a sweep that was under way, and not from what it was asked to do."""
    frames = [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(name.startswith("seqmem.sweep") for name in frames)


def _note(message: str) -> None:
    """Say what changes no result."""
    _say(message, 0)


def _say(message: str, code: int) -> int:
    with contextlib.suppress(OSError):  # a full disk under standard error changes no exit code
        print(f"seqmem: {one_line(message)}", file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    main()
