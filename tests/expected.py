"""`python -m tests.expected`: write anew what the commands of the documents' rows make, after a change of theirs."""

from __future__ import annotations

from unittest import mock

import numpy as np

from hydra_plugins.seqmem_stacked._grid import build_jobs, read_dimensions
from multirun_analysis.documents.expected import EXPECTED, Expected, format_expected
from multirun_analysis.documents.rows import Row, read_rows
from multirun_analysis.frames.jobs import IDENTIFYING
from multirun_analysis.frames.settings import flatten
from seqmem.tasks import mnist_files, row_mnist
from seqmem.tasks.task import Sequences
from tests.config.composing import compose_job, make_setting

WHAT_COMPUTES = ("engine", "device")


def sweep(experiment: str, *overrides: str) -> list[list[str]]:
    """The overrides of all jobs of an experiment, as its sweeper deals them out."""
    params = compose_job(f"experiment={experiment}").hydra.sweeper.params
    words = [f"{key}={value}" for key, value in params.items()]
    return build_jobs([read_dimensions([*words, f"experiment={experiment}", *overrides])])


def compose_expected(row: Row) -> Expected:
    """What the command of a row makes: one job, or several of one trial each with seeds that follow each other."""
    jobs = sweep(row.experiment, *row.setting.split())
    with mock.patch.object(row_mnist, "_read", lambda folder: stand_in_for_mnist()):
        setting = make_setting(*jobs[0])
    job, task = setting.job, setting.job.task
    left_out = {*IDENTIFYING, *WHAT_COMPUTES, *(f"task.{key}" for key in task.not_in_fingerprint)}
    config = {key: value for key, value in flatten(setting.config).items() if key not in left_out}
    return Expected(config, task.digest, range(job.seed, job.seed + len(jobs) * job.trials))


def stand_in_for_mnist() -> tuple[Sequences, Sequences, str]:
    """As many images as MNIST has, all black, with its digest."""
    sets = []
    for size in (60_000, 10_000):
        images = np.broadcast_to(np.float32(0), (size, 28, 28))
        sets.append(Sequences(images, np.full(size, 28), np.zeros(size, np.int64)))
    return sets[0], sets[1], mnist_files.compute_digest(mnist_files.CHECKSUMS.values())


def compose_all() -> dict[str, Expected]:
    """What all rows' commands make, in the order of the rows."""
    return {command: compose_expected(row) for command, row in {row.command: row for row in read_rows()}.items()}


if __name__ == "__main__":
    settings = compose_all()
    EXPECTED.write_text(format_expected(settings), encoding="utf-8")
    print(f"{EXPECTED}: {len(settings)} settings")  # noqa: T201
