"""What a graph is made of: nodes, each an operation on earlier ones."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One value.

    Attributes:
        operation: A key of `operations.OPERATIONS`, or of `LEAVES`.
        inputs: Nodes that it is computed from.
        shape: Axes of units, without those of trials and sequences; () for a lone number.
        laned: Whether it differs from sequence to sequence; if not, it follows from the weights.
        detail: What else tells it: a leaf's name, a number, where a slice begins and ends, ..
    """

    operation: str
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    laned: bool
    detail: tuple[Any, ...] = ()


# What is given: the input's part of the gates, states before the step, the gradients of states
# after it, parameters and matrices of the cell's own by name, and numbers.
LEAVES = ("input", "state", "gradient", "weight", "number", "zeros")


class Graph:
    """Nodes in an order in which they can be computed; the same node is there once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._indices: dict[Node, int] = {}

    def add(self, node: Node) -> int:
        """The index of a node, which is added if it is new."""
        index = self._indices.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return index

    def list_needed(self, wanted: Iterable[int], given: Container[int] = ()) -> list[int]:
        """Places of all that some nodes are computed from, themselves included, in order; none that is given."""
        found: set[int] = set()
        waiting = list(wanted)
        while waiting:
            index = waiting.pop()
            if index not in found and index not in given:
                found.add(index)
                waiting += self.nodes[index].inputs
        return sorted(found)
