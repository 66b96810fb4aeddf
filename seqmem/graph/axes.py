"""Parts, shapes and sums over units: the part of `Symbol` that knows axes."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

from seqmem.graph.arithmetic import Arithmetic
from seqmem.graph.errors import UntraceableError
from seqmem.graph.simplify import simplify


class Axes(Arithmetic):
    """Methods of a tensor along an axis of units, `dim` = -1, -2, .."""

    # Parts.

    def slice(self, axis: int, start: int, stop: int) -> Self:
        """Units start .. stop - 1 of an axis."""
        shape = list(self.node.shape)
        if (start, stop) == (0, shape[axis]):
            return self
        shape[axis] = stop - start
        return self._simplified("slice", [self], shape, (axis, start, stop))

    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Self, ...]:
        axis = self.find_axis(dim)
        whole = self.node.shape[axis]
        if isinstance(split_size, int):
            split_size = [min(split_size, whole - start) for start in range(0, whole, split_size)]
        if sum(split_size) != whole:
            raise UntraceableError(f"a split of {whole} units into {list(split_size)}")
        ends = [sum(split_size[: index + 1]) for index in range(len(split_size))]
        return tuple(self.slice(axis, end - size, end) for size, end in zip(split_size, ends, strict=True))

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Self, ...]:
        return self.split(-(-self.node.shape[self.find_axis(dim)] // chunks), dim)

    def __getitem__(self, key: Any) -> Self:
        keys = key if isinstance(key, tuple) else (key,)
        if len(keys) < 2 or keys[0] is not Ellipsis or len(keys) - 1 > len(self.node.shape):
            raise UntraceableError(f"[{key}], which does not begin with an ellipsis")
        value = self
        for axis, own in zip(range(1 - len(keys), 0), keys[1:], strict=True):
            if not isinstance(own, slice) or own.step not in (None, 1):
                raise UntraceableError(f"[{own}], which is no slice of neighbours")
            start, stop, _ = own.indices(self.node.shape[axis])
            if stop <= start:
                raise UntraceableError(f"[{own}], which is empty")
            value = value.slice(axis, start, stop)
        return value

    def concatenate(self, others: Sequence[Self], dim: int) -> Self:
        """This symbol and others behind it."""
        if not others:
            return self
        axis, parts = self.find_axis(dim), [self, *others]
        shape = list(self.node.shape)
        shape[axis] = sum(part.node.shape[axis] for part in parts)
        return self._simplified("concatenate", parts, shape, (axis,))

    def pad(self, axis: int, start: int, stop: int, size: int) -> Self:
        """Zeros around it, so that it stands at start .. stop - 1 of `size`: what undoes a slice."""
        before, after = list(self.node.shape), list(self.node.shape)
        before[axis], after[axis] = start, size - stop
        parts = [self.zeros(before), self, self.zeros(after)]
        first, *rest = [part for part in parts if part.node.shape[axis]]
        return first.concatenate(rest, axis)

    # Shapes.

    def shaped(self, shape: Sequence[int]) -> Self:
        """The same numbers, in order, in other axes of units."""
        if tuple(shape) == self.node.shape:
            return self
        if self.node.operation == "reshape":
            return self.inputs[0].shaped(shape)
        return self._simplified("reshape", [self], shape)

    def unsqueeze(self, dim: int) -> Self:
        if self.matrix and dim in (1, -3):
            return type(self)(self.graph, self.index)
        shape = list(self.node.shape)
        if self.matrix or not -len(shape) - 1 <= dim < 0:
            raise UntraceableError(f"unsqueeze({dim})")
        shape.insert(len(shape) + 1 + dim, 1)
        return self.shaped(shape)

    def squeeze(self, dim: int) -> Self:
        axis = self.find_axis(dim)
        shape = list(self.node.shape)
        if shape.pop(axis) != 1 or self.matrix:
            raise UntraceableError(f"squeeze({dim}) of {self.node.shape[axis]} units")
        return self.shaped(shape)

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Self:
        axis = self.find_axis(dim) + len(self.node.shape)
        shape = self.node.shape
        if math.prod(sizes) != shape[axis]:
            raise UntraceableError(f"unflatten of {shape[axis]} units to {tuple(sizes)}")
        return self.shaped((*shape[:axis], *sizes, *shape[axis + 1 :]))

    def flatten(self, start_dim: int, end_dim: int = -1) -> Self:
        shape = self.node.shape
        first, last = (self.find_axis(dim) + len(shape) for dim in (start_dim, end_dim))
        return self.shaped((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    def as_matrix(self) -> Self:
        """A vector of weights as a matrix of one row, which is what its tensor is; all else as it is."""
        if self.node.laned or len(self.node.shape) != 1 or self.matrix is None:
            return self
        row = self.shaped((1, *self.node.shape))
        return type(self)(row.graph, row.index, True)

    @property
    def mT(self) -> Self:  # noqa: N802
        if not self.node.laned and len(self.node.shape) == 1:
            return self.as_matrix().mT
        if len(self.node.shape) < 2:
            raise UntraceableError("mT of a vector")
        if self.node.operation == "transpose":
            return self.inputs[0]
        *first, rows, columns = self.node.shape
        return self._simplified("transpose", [self], [*first, columns, rows])

    def broadcast(self, shape: Sequence[int]) -> Self:
        """Repeated to a shape."""
        return self if self.node.shape == tuple(shape) else self.derive("add", self, self.zeros(shape), shape=shape)

    # Sums.

    def sum(self, dim: int | None = None, keepdim: bool = False) -> Self:
        return self._reduce("sum", dim, keepdim)

    def mean(self, dim: int | None = None, keepdim: bool = False) -> Self:
        return self.sum(dim, keepdim) * (1 / self.node.shape[self.find_axis(dim)])

    def amax(self, dim: int | None = None, keepdim: bool = False) -> Self:
        return self._reduce("amax", dim, keepdim)

    def amin(self, dim: int | None = None, keepdim: bool = False) -> Self:
        return -(-self).amax(dim, keepdim)

    def softmax(self, dim: int) -> Self:
        e = (self - self.amax(dim, keepdim=True).detach()).exp()
        return e / e.sum(dim, keepdim=True)

    def _reduce(self, operation: str, dim: int | None, keepdim: bool) -> Self:
        axis = self.find_axis(dim)
        shape = list(self.node.shape)
        shape[axis] = 1
        reduced = self._simplified(operation, [self], shape, (axis,))
        return reduced if keepdim else reduced.squeeze(axis)

    def _simplified(
        self, operation: str, inputs: Sequence[Self], shape: Sequence[int], detail: tuple[Any, ...] = ()
    ) -> Self:
        simple = simplify(operation, tuple(inputs), tuple(shape), detail)
        return self.derive(operation, *inputs, shape=shape, detail=detail) if simple is None else simple
