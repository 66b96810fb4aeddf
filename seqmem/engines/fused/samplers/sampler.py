"""What draws a task's sequences in compiled code, and what it reads of the task.

A sampler is compiled by itself, once for all networks, and called by its address: a program knows nothing of it but
that, nor of its arguments.
"""

# Code that writes LLVM instructions is called by numba, which has no types.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,attr-defined,untyped-decorator,no-any-return"

from __future__ import annotations

import functools
import importlib
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.np.numpy_support import from_dtype

from seqmem.engines.fused.compiling import compile_callback, intrinsic
from seqmem.engines.fused.simd.types import Floats, Integers, Struct
from seqmem.engines.fused.structs import TRIAL
from seqmem.engines.fused.support import find_sampler
from seqmem.tasks.task import Task

Sample = Callable[[Struct, Struct, Floats, Integers], None]

FIELDS = {int: np.int64, bool: np.int64, float: np.float64}  # arrays are told by their addresses


class Sampler:
    """How a task is drawn.

    Args:
        sample: To be compiled; writes a batch into the workspace. It is handed a struct of `structs.TRIAL`, one of
            `arguments`, and the two arrays of the workspace.
        arguments: A dataclass of what `sample` reads of a task: numbers, and arrays, of which it gets the addresses.
            Its class method `of(task, as_set)` reads it, for a training batch or for a set.
    """

    def __init__(self, sample: Sample, arguments: Any) -> None:
        self.sample = sample
        self.arguments = arguments
        hints = typing.get_type_hints(arguments)
        self.dtype = np.dtype([(name, FIELDS.get(hint, np.int64)) for name, hint in hints.items()])

    @functools.cached_property
    def callback(self) -> Any:
        """The compiled function."""
        lanes, symbols = (types.Array(kind, 1, "C") for kind in (types.float32, types.int32))
        return compile_callback(self.sample, from_dtype(TRIAL), from_dtype(self.dtype), lanes, symbols)


SAMPLERS: dict[type[Task], Sampler] = {}


def sampler(task: type[Task], arguments: Any) -> Callable[[Sample], Sampler]:
    """Make a function the sampler of a task."""

    def register(sample: Sample) -> Sampler:
        SAMPLERS[task] = Sampler(sample, arguments)
        return SAMPLERS[task]

    return register


@functools.cache
def load_sampler(task: type[Task]) -> Sampler:
    """The sampler of tasks that `support.find_obstacle` finds no obstacle with."""
    module = find_sampler(task)
    assert module is not None
    importlib.import_module(module)
    return SAMPLERS[task]


class Source:
    """A sampler with its arguments, which must live as long as a trial's struct refers to them."""

    def __init__(self, sampler: Sampler, arguments: Any) -> None:
        self.sampler = sampler
        self.struct = np.zeros(1, sampler.dtype)
        self.kept: dict[str, Any] = {}
        for name, value in vars(arguments).items():
            self.set(name, value)

    @classmethod
    def of(cls, task: Task, as_set: bool = False) -> Source:
        """What draws a task, for training batches or for a set."""
        sampler = load_sampler(type(task))
        return cls(sampler, sampler.arguments.of(task, as_set))

    def set(self, name: str, value: Any) -> None:
        """Change an argument."""
        self.kept[name] = value
        self.struct[name] = value.ctypes.data if isinstance(value, np.ndarray) else value or 0

    def enter(self, struct: Any) -> None:
        """Let a trial's struct refer to it."""
        struct["sampler"], struct["arguments"] = self.sampler.callback.address, self.struct.ctypes.data


@intrinsic
def call_sampler(typing, function, trial, arguments, lanes, symbols):
    """Call the sampler at an address, with its arguments at another."""

    def generate(context, builder, sig, args):
        byte = ir.IntType(8).as_pointer()
        handed = [args[1], builder.inttoptr(args[2], byte), args[3], args[4]]
        kind = ir.FunctionType(context.get_value_type(types.void), [value.type for value in handed])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), handed)
        return context.get_dummy_value()

    return signature(types.void, types.int64, trial, types.int64, lanes, symbols), generate
