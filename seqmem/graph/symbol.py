"""A tensor of which only the shape is known: what `Cell.step` is run with to see what it does."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NoReturn, Self

from seqmem.graph.axes import Axes
from seqmem.graph.errors import UntraceableError


class Symbol(Axes):
    """A tensor's place in a graph, with the methods of a tensor; see `Base`, `Arithmetic` and `Axes`."""

    def __matmul__(self, other: Any) -> Any:
        if not isinstance(other, Symbol):
            raise UntraceableError(f"a product with a value of type {type(other).__name__}")
        if len(other.node.shape) < 2 or not self.node.shape:
            raise UntraceableError("a product with a vector; give it an axis: (matrix @ x.unsqueeze(-1)).squeeze(-1)")
        if self.node.shape[-1] != other.node.shape[-2]:
            raise UntraceableError(
                f"a product of {self.node.shape[-1]} units with a matrix of {other.node.shape[-2]} rows"
            )
        if other.matrix and not self.node.laned:
            return self.as_matrix().join(other)
        if other.matrix:
            return other.mT.times(self)
        if self.matrix or len(self.node.shape) < 2:
            raise UntraceableError("a product of other axes; give both sides rows and columns")
        if self.node.shape[-2] == 1:
            return (self.mT * other).sum(-2, keepdim=True)
        if other.node.shape[-1] == 1:
            return (self * other.mT).sum(-1, keepdim=True)
        return (self.unsqueeze(-1) * other.unsqueeze(-3)).sum(-2)

    matmul = __matmul__

    def __rmatmul__(self, other: Any) -> NoReturn:
        raise UntraceableError(f"a product with a value of type {type(other).__name__}")

    def join(self, other: Self) -> Self:
        """The product of two matrices of weights."""
        return self.derive("matmul", self, other, shape=(self.node.shape[-2], other.node.shape[-1]))

    def matrix_exponential(self) -> Self:
        if self.node.laned or len(self.node.shape) != 2 or self.node.shape[0] != self.node.shape[1]:
            raise UntraceableError("an exponential of what is no square matrix of weights")
        return self.derive("matrix_exponential", self, shape=self.node.shape)

    def times(self, vector: Self) -> Self:
        """This matrix of weights times a vector."""
        if len(vector.node.shape) != 1:
            raise UntraceableError("a product of a matrix of each sequence with a matrix of weights")
        product = self._simplified("product", [self, vector], self.node.shape[:1])
        return type(self)(product.graph, product.index, vector.matrix)

    def sum_over_lanes(self) -> Self:
        """The sum over all sequences: the gradient of a weight."""
        if self.node.operation == "concatenate":
            first, *others = (part.sum_over_lanes() if part.node.laned else part for part in self.inputs)
            return first.concatenate(others, self.node.detail[0])
        return self.derive("sum_over_lanes", self, shape=self.node.shape, over_lanes=True)

    def outer_over_lanes(self, vector: Self) -> Self:
        """The outer product with another vector, summed over all sequences."""
        rows, columns = self.node.shape[0], vector.node.shape[0]
        if self.node.operation == "zeros":
            return self.zeros((rows, columns))
        if self.node.operation == "concatenate":
            first, *others = (part.outer_over_lanes(vector) for part in self.inputs)
            return first.concatenate(others, -2)
        if self.node.laned and vector.node.laned:
            outer = self.derive("outer_over_lanes", self, vector, shape=(rows, columns), over_lanes=True)
        else:
            ours, theirs = (x.sum_over_lanes() if x.node.laned else x for x in (self, vector))
            outer = ours.shaped((rows, 1)) * theirs.shaped((1, columns))
        return outer
