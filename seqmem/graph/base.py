"""The ground of `Symbol`: a place in a graph, and how a new node is made from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, Self

from seqmem.graph.errors import UntraceableError
from seqmem.graph.nodes import Graph, Node


class Base:
    """A tensor's place in a graph.

    Axes are counted from the end, as those of trials and sequences come first: the last ones are
    the node's. `matrix` marks a weight as `Cell.parameters` shapes it, (M, rows, columns), which
    has no axis of sequences; it is None where that does not matter.
    """

    __array_ufunc__ = None  # numpy leaves operators to us

    def __init__(self, graph: Graph, index: int, matrix: bool | None = False) -> None:
        self.graph = graph
        self.index = index
        self.matrix = matrix

    @property
    def node(self) -> Node:
        return self.graph.nodes[self.index]

    @property
    def inputs(self) -> list[Self]:
        """What the node is computed from."""
        return [self.at(index) for index in self.node.inputs]

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, *self.node.shape) if self.matrix else (1, 1, *self.node.shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def dim(self) -> int:
        return len(self.shape)

    def size(self, dim: int) -> int:
        return self.shape[dim]

    def at(self, index: int) -> Self:
        """The symbol of another node."""
        return type(self)(self.graph, index, self.matrix)

    def derive(
        self,
        operation: str,
        *inputs: Self,
        shape: Sequence[int],
        detail: tuple[Any, ...] = (),
        over_lanes: bool = False,
    ) -> Self:
        """The symbol of a new node; `over_lanes` says that it is a sum over sequences."""
        laned = any(value.node.laned for value in inputs) and not over_lanes
        node = Node(operation, tuple(value.index for value in inputs), tuple(shape), laned, detail)
        matrix = any(value.matrix for value in inputs) or inputs[0].matrix
        return type(self)(self.graph, self.graph.add(node), matrix)

    def number(self, value: float) -> Self:
        return type(self)(self.graph, self.graph.add(Node("number", (), (), False, (float(value),))))

    def zeros(self, shape: Sequence[int]) -> Self:
        return self.at(self.graph.add(Node("zeros", (), tuple(shape), False)))

    def lift(self, value: Any) -> Self:
        """A symbol as it is, or that of a number."""
        if isinstance(value, type(self)):
            return value
        if isinstance(value, (int, float)):
            return self.number(value)
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # of numpy or torch
            return self.number(value.item())
        raise UntraceableError(f"an operand of type {type(value).__name__}")

    def find_axis(self, dim: Any) -> int:
        """An axis of units, counted from the end.

        Raises:
            UntraceableError: if it is one of trials or sequences, or counted from the front.
        """
        if not isinstance(dim, int) or dim >= 0:
            raise UntraceableError(f"dim={dim}, which is not counted from the end")
        if dim < -len(self.node.shape):
            raise UntraceableError(f"dim={dim}, which is no axis of units")
        return dim

    def __bool__(self) -> NoReturn:
        raise UntraceableError("a branch on data")

    __index__ = __int__ = __float__ = __len__ = __iter__ = __bool__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UntraceableError(f".{name}")

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> NoReturn:
        raise UntraceableError(f"torch.{getattr(function, '__name__', function)}")
