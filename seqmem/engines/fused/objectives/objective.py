"""What compares a block's raw outputs with its targets, for one kind of answers and one loss.

An objective is compiled by itself, once for all networks, when a job first needs it, and called by its address: a
program knows nothing of outputs, losses or of when an answer is wrong.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.np.numpy_support import from_dtype

from seqmem.engines.fused import objectives
from seqmem.engines.fused.compiling import compile_callback, intrinsic
from seqmem.engines.fused.simd.types import Floats, Number, Struct
from seqmem.engines.fused.structs import TRIAL
from seqmem.job.losses import Loss
from seqmem.job.own_loss import OwnLoss
from seqmem.tasks.answers import Kind, Output
from seqmem.tasks.task import Target

Compare = Callable[[Struct, Floats, int, Number], None]


class Key(NamedTuple):
    """What an objective is for."""

    kind: Kind
    output: Output
    loss: str


class Objective:
    """How answers are compared with their targets.

    Args:
        compare: To be compiled. It is handed a trial's struct, the workspace, the steps that have an answer, and what
            the loss of one answer counts in the batch's; it ends with `answering.answer_block`.
    """

    def __init__(self, compare: Compare) -> None:
        self.compare = compare

    @functools.cached_property
    def callback(self) -> Any:
        """The compiled function."""
        lanes = types.Array(types.float32, 1, "C")
        return compile_callback(self.compare, from_dtype(TRIAL), lanes, types.int64, types.float32)


OBJECTIVES: dict[Key, Objective] = {}


def objective(kind: Kind, output: Output, *losses: str) -> Callable[[Compare], Compare]:
    """Make a function the objective of answers of a kind, with an output function and any of these losses."""

    def register(compare: Compare) -> Compare:
        made = Objective(compare)
        OBJECTIVES.update({Key(kind, output, loss): made for loss in losses})
        return compare

    return register


@functools.cache
def find_objective(target: Target, loss: Loss | OwnLoss) -> Objective:
    """The objective of answers to a target, whose loss fits them."""
    for module in pkgutil.iter_modules(objectives.__path__):
        importlib.import_module(f"{objectives.__name__}.{module.name}")
    assert target.output is not None
    return OBJECTIVES[Key(target.kind, target.output, loss.formula)]


@intrinsic
def call_objective(typing, function, trial, lanes, num_steps, scale):
    """Call the objective at an address."""

    def generate(context, builder, sig, args):
        kind = ir.FunctionType(context.get_value_type(types.void), [value.type for value in args[1:]])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return signature(types.void, types.int64, trial, lanes, types.int64, types.float32), generate
