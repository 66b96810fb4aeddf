"""Find out what recurrent networks can remember.

From the command line: `python -m seqmem.train --help`. From a notebook:

    task = seqmem.tasks.Recall()
    job = seqmem.Job(seqmem.Network(task, seqmem.cells.LSTM(), hidden=10), trials=5)
    (outcomes,) = seqmem.run([job])
    seqmem.run([job], "multirun/mine")  # kept, for the analysis
"""

from seqmem import starting as starting  # isort: skip  # before all that takes its time

from importlib.metadata import version

from seqmem import cells, tasks
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.job.own_loss import OwnLoss
from seqmem.load import load
from seqmem.run import run

__version__ = version("seqmem")

__all__ = [
    "Initialisation",
    "Job",
    "Loss",
    "Network",
    "Optimizer",
    "OwnLoss",
    "Schedule",
    "__version__",
    "cells",
    "load",
    "run",
    "tasks",
]
