"""Sums with products in them, each as one accumulation: base + W v + W' v' + ..

What is summed stands in memory first, and products are added to it in place. A bias that is only
ever added to the input's part of a gate is folded into it: what adds up the input's bias adds it
too, and both have one gradient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from seqmem.graph.nodes import Graph, Node

ABSENT = -1  # in the place of a base


class Fold(NamedTuple):
    """Rows of a vector of weights that are added to rows of the input's part; both are slices or whole leaves."""

    weight: int
    x: int


class Sums:
    """A copy of what some nodes need, with accumulations in it.

    Args:
        graph: Is added to.
        wanted: What is computed.
        in_place: Those of them that products may be added to wherever they are wanted.
    """

    def __init__(self, graph: Graph, wanted: Iterable[int], in_place: Iterable[int]) -> None:
        self.graph = graph
        self.folds: list[Fold] = []
        self._in_place = set(in_place)
        self._users: defaultdict[int, list[int]] = defaultdict(list)
        wanted = list(wanted)
        for index in wanted:
            self._users[index].append(ABSENT)
        for index in graph.list_needed(wanted):
            for own in graph.nodes[index].inputs:
                self._users[own].append(index)
        self._built: dict[int, int] = {}

    def build(self, index: int) -> int:
        """The node in the copy that has the value of this one."""
        if index not in self._built:
            node = self.graph.nodes[index]
            if node.operation == "product" and node.laned:
                self._built[index] = self._accumulate(index, [index])
            elif node.operation == "add" and node.laned:
                self._built[index] = self._accumulate(index, [*self._terms(index, root=True)])
            else:
                self._built[index] = self._copy(node)
        return self._built[index]

    def _copy(self, node: Node) -> int:
        return self.graph.add(node._replace(inputs=tuple(map(self.build, node.inputs))))

    def _terms(self, index: int, root: bool = False) -> Iterable[int]:
        """What a sum adds up, through sums that nothing else uses."""
        node = self.graph.nodes[index]
        if node.operation == "add" and (root or self._is_used_once(index)):
            shapes = {self.graph.nodes[own].shape for own in node.inputs}
            if shapes == {node.shape}:
                for own in node.inputs:
                    yield from self._terms(own)
                return
        if root:
            return
        yield index

    def _is_used_once(self, index: int) -> bool:
        return len(self._users[index]) == 1 and self._users[index] != [ABSENT]

    def _accumulate(self, index: int, terms: list[int]) -> int:
        nodes, node = self.graph.nodes, self.graph.nodes[index]
        own = [term == index or self._is_used_once(term) for term in terms]
        products = [t for t, alone in zip(terms, own, strict=True) if alone and self._is_product(t)]
        if not products:
            return self._copy(node)
        rest = [term for term in terms if term not in products]
        lone = [t for t, alone in zip(terms, own, strict=True) if alone and t in rest]
        inputs = [t for t in lone if self._is_part_of(t, "input")]
        biases = [t for t in lone if self._is_part_of(t, "weight")]
        base = ABSENT
        if inputs:
            base = inputs[0]
            self.folds += [Fold(bias, base) for bias in biases]
            rest = [term for term in rest if term not in (base, *biases)]
        elif biases:
            base = biases[0]
            rest.remove(base)
        elif index in self._in_place and rest:
            base, rest = self._add_up(rest), []
        factors = [self.build(factor) for product in products for factor in nodes[product].inputs]
        has_base = base != ABSENT
        given = [base] if has_base else []
        total = self.graph.add(Node("accumulate", (*given, *factors), node.shape, True, (has_base,)))
        return self._add_up(rest, total)

    def _add_up(self, terms: list[int], total: int = ABSENT) -> int:
        for term in map(self.build, terms):
            shape = self.graph.nodes[term].shape
            total = term if total == ABSENT else self.graph.add(Node("add", (total, term), shape, True))
        return total

    def _is_product(self, index: int) -> bool:
        node = self.graph.nodes[index]
        return node.operation == "product" and node.laned

    def _is_part_of(self, index: int, leaf: str) -> bool:
        node = self.graph.nodes[index]
        if node.operation == "slice":
            node = self.graph.nodes[node.inputs[0]]
        return node.operation == leaf
