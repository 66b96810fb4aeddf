"""Small jobs, and stacks of them on the reference engine."""

from dataclasses import replace

import torch

from seqmem.cells import LSTM
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer
from seqmem.tasks import LongLag

TASK = LongLag(p=10, distractors="random")
JOB = Job(Network(TASK, LSTM(), (5,)), batch_size=8, optimizer=Optimizer(lr=0.01), test_sequences=700)
DRAWN = replace(JOB, network=replace(JOB.network, initial_state="uniform"))  # its initial states


def make(task, cell=None, hidden=(5,), network=None, **values) -> Job:
    return Job(Network(task, cell or LSTM(), hidden, **(network or {})), **({"batch_size": 8} | values))


def build(job: Job = JOB, count: int = 3, dtype: torch.dtype = torch.float32) -> ReferenceStack:
    return ReferenceStack([Trial(job, seed) for seed in range(count)], dtype=dtype)


def all_weights(stack: ReferenceStack) -> list[bytes]:
    return [stack.state(row)["weights"].tobytes() for row in range(len(stack.trials))]
