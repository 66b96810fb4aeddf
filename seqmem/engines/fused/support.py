"""Which jobs the compiled engine can run."""

from __future__ import annotations

from seqmem.cells import GRU, LSTM, RNN, LSTMChain
from seqmem.engines.fused.samplers import SAMPLERS
from seqmem.job.job import Job

CELLS = (RNN, LSTM, GRU)
ATTENTIONS = (None, "dot", "cosine")


def find_obstacle(job: Job) -> str | None:
    """Why the engine cannot run a job, in one clause; None if it can.

    A subclass of a built-in cell or task may compute something else, so it is none.
    """
    cell, task = type(job.network.cell), type(job.task)
    if cell is LSTMChain:
        return "LSTMChain has several cells in a time step, compiled layers have one"
    if cell not in CELLS:
        return f"{cell.__name__} is not a built-in cell"
    if isinstance(job.network.cell, RNN) and job.network.cell.nonlinearity == "linear":
        return "a linear RNN is not compiled"
    if job.network.attention not in ATTENTIONS:
        return f"attention={job.network.attention} is for the reference engine"
    if task not in SAMPLERS:
        return f"{task.__name__} is not a built-in task"
    return None
