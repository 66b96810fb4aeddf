"""Attention: an answer at the end that looks back at all steps of the sequence.

The query q is what the readout would read without attention: the top layer's output at the last
valid step, in both directions side by side if there are two (`readout=final` takes the reverse
one at the first step, where it has seen all). Sums run over the valid steps i.

`dot`: alpha = softmax(q . h_i), with h_i the top layer's output at step i; the readout reads q
and after it the context, sum alpha_i h_i. Source: the global attention with the score `dot` of
Luong, Pham & Manning, arXiv 1508.04025, 2015, read out without a layer in between.

`cosine`: e_i = cos(v_i, q), with v_i the one-hot symbol of step i; alpha_i = sigmoid(e_i) / sum
sigmoid(e_j); the readout reads the context, sum alpha_i v_i, alone. A step's weight depends on
its symbol, wherever it stands: the context counts symbols and is blind to their order, but for
what q can tell by weighing one symbol at most e = 2.7 times as much as another. Source: a
student's notebook; Graves, Wayne & Danihelka, arXiv 1410.5401, 2014, address a memory so.

`cosine_steps`: as that notebook's code has it, for an answer at every step: e_i = cos(v_i, o_i),
with o_i the top layer's output at step i; alpha_i as above; the readout reads alpha_i v_i at
step i, and nothing is summed.
"""

from __future__ import annotations

from typing import Literal

from seqmem.tasks.task import Task

Attention = Literal["cosine", "dot", "cosine_steps"]


def check_attention(attention: Attention, task: Task, readout: str, top_size: int) -> None:
    """Raise ValueError if an attention does not fit what a network reads and answers.

    Args:
        attention: Its name.
        task: What the network answers.
        readout: What of the top layer is read.
        top_size: Features of the top layer, all directions together.
    """
    name = type(task).__name__
    if attention == "cosine_steps" and not task.target.every_step:
        raise ValueError(f"attention=cosine_steps needs an answer at every step, but {name} has one at the end")
    if attention != "cosine_steps" and task.target.every_step:
        raise ValueError(f"attention={attention} needs one answer at the end, but {name} has one at every step")
    if readout == "none":
        choices = "auto or every" if attention == "cosine_steps" else "auto, last or final"
        raise ValueError(f"attention={attention} needs a readout, got readout=none; choose {choices}")
    if attention != "dot" and not task.symbols:
        choices = "null" if attention == "cosine_steps" else "dot"
        needed = "symbols to compare with"
        raise ValueError(f"attention={attention} needs {needed}, but {name} reads features; choose {choices}")
    if attention != "dot" and top_size != task.input_size:
        needed = f"{task.input_size} hidden units in the top layer, one for each symbol"
        raise ValueError(f"attention={attention} needs {needed}, got {top_size}")


def features_size(attention: Attention | None, task: Task, top_size: int) -> int:
    """Features that the readout reads."""
    if attention in ("cosine", "cosine_steps"):
        return task.input_size
    return 2 * top_size if attention == "dot" else top_size
