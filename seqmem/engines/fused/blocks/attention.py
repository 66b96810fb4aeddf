"""What an answer at the end looks back at: the attentions, strung into the program by their type.

As a cell, an attention is told by the type of its description, and is chosen when the program
is compiled, so that a program without one holds nothing of it. See `seqmem.job.attention` for the
equations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from seqmem.engines.fused.compiling import INNER, overload
from seqmem.engines.fused.simd.types import Floats, Integers, Struct


def attend_forward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """Set what the readout reads, from the top layer's outputs and those picked at the sequences' ends.

    Args:
        attention: The attention's description.
        trial: A struct of `structs.TRIAL`: the outputs begin at `first_outputs`, those picked
            at `picked`; `features` is to be set, and `attention` free for what
            `attend_backward` needs.
        lanes, symbols: The workspace.
        num_steps: Of the block's longest sequence.
    """
    raise NotImplementedError


def attend_backward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    """From the gradient of what the readout read to that of the outputs, `outputs_gradient`."""
    raise NotImplementedError


def register(description: type, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
    """Make `forward` and `backward` the work of the attention with this description."""

    @overload(attend_forward, jit_options=INNER)  # type: ignore[untyped-decorator]
    def choose_forward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> Any:
        return forward if attention.instance_class is description else None

    @overload(attend_backward, jit_options=INNER)  # type: ignore[untyped-decorator]
    def choose_backward(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> Any:
        return backward if attention.instance_class is description else None


class NoAttention(NamedTuple):
    """The readout reads the outputs as they are."""


def _leave(attention: Struct, trial: Struct, lanes: Floats, symbols: Integers, num_steps: int) -> None:
    pass


register(NoAttention, _leave, _leave)
