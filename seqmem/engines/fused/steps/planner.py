"""Puts a step's values in their places, and its instructions in order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from seqmem.engines.fused.steps.homes import Home, Rows
from seqmem.engines.fused.steps.instructions import Fold, Gradient, Instruction, Multiply, Run, Spread, StepPlan
from seqmem.engines.fused.steps.merge import join_gradients, join_results, join_terms, merge
from seqmem.engines.fused.steps.schedule import Loop, Part, Product, is_input, schedule
from seqmem.engines.fused.steps.source import write
from seqmem.engines.fused.steps.weights import Contribution, find_part, is_part
from seqmem.graph.kept import list_kept
from seqmem.graph.nodes import Graph

BASES = {"state": "before", "gradient": "carry", "input": "kept"}
FOREVER = math.inf


class Target(NamedTuple):
    """A node, and where it is wanted."""

    place: int
    home: Home


class Planner:
    """Plans a step from its graph, whose sums are accumulations.

    Time runs from part to part, forward and then back: part i reads at 2 i and writes at 2 i + 1,
    for what a loop reads of a unit may stand where it then writes.

    Args:
        after, before, x: What is computed: states, and the gradients of those before and of the input's part.
        contributions: To the gradients of weights.
    """

    def __init__(
        self, graph: Graph, after: list[Target], before: list[Target], x: list[Target], found: list[Contribution]
    ) -> None:
        self.graph = graph
        self.after, self.before, self.x, self.contributions = after, before, x, found
        self.factors = {place for contribution in found for place in contribution.factors}
        self.homes: dict[int, Home] = {}
        self.back: dict[int, Home] = {}  # where the way back finds it instead
        self.late: dict[int, Home] = {}  # where it is in the end

    def plan(self, gate_rows: int, num_states: int, stops: bool, folds: tuple[Fold, ...]) -> StepPlan:
        graph = self.graph
        self.rows, self.fixed = Rows(gate_rows), Rows()
        ahead = [target.place for target in self.after]
        back = [*(target.place for target in (*self.before, *self.x)), *self.factors]
        self._settle_leaves(ahead + back)
        begin = self._begin(ahead + back)
        known = set(graph.list_needed(ahead))
        free = {place for place, home in self.homes.items() if home.base != "kept"}
        kept = set(list_kept(graph, ahead, back, {*free, *ahead})) | (self.factors & known)
        kept -= {*free, *ahead}
        forward = schedule(graph, [*ahead, *kept], self.homes)
        backward = schedule(graph, back, {*self.homes, *kept, *ahead})
        rescued = self._rescue(kept, sum(isinstance(part, Loop) for part in backward))
        self._aim(forward, [*self.after, *rescued])
        self._aim(backward, [*self.before, *self.x, *self._copy_factors()])
        self._settle(forward, backward, kept)
        needed = set(graph.list_needed([*(target.place for target in self.x), *self.factors]))
        ahead_list = self._list(forward, self.homes, needed=None)
        back_list = self._list(backward, self.homes | self.back, needed)
        return StepPlan(
            gate_rows, num_states, self.rows.height, self.fixed.height, stops,
            begin, ahead_list, back_list, self._list_gradients(), folds,
        )  # fmt: skip

    # Where leaves stand.

    def _settle_leaves(self, wanted: Iterable[int]) -> None:
        """The input's part, states and gradients, and slices of them."""
        for place in self.graph.list_needed(wanted):
            node, row = self.graph.nodes[place], 0
            if node.operation == "slice":
                row, node = int(node.detail[1]), self.graph.nodes[node.inputs[0]]
            if node.operation in BASES:
                state = int(node.detail[0]) if node.detail else 0
                self.homes[place] = Home(BASES[node.operation], row, state)

    def _begin(self, wanted: Iterable[int]) -> tuple[Instruction, ...]:
        """What is the same at each step: vectors of weights, and what follows from them."""
        graph, nodes = self.graph, self.graph.nodes
        read: set[int] = set()
        for place in graph.list_needed(wanted):
            node = nodes[place]
            if node.laned and node.operation != "accumulate":
                read.update(own for own in node.inputs if not nodes[own].laned)
            elif node.operation == "accumulate" and node.detail[0] and not is_part(graph, node.inputs[0]):
                read.update(node.inputs[:1])
        read = {place for place in read if not nodes[place].laned and nodes[place].operation not in ("number", "zeros")}
        vectors = [place for place in graph.list_needed(read) if is_part(graph, place) and self._is_read(place, read)]
        for place in vectors:
            self._fix(place, -1, FOREVER)
        parts = schedule(graph, read, self.homes, laned=False)
        for part in parts:
            assert isinstance(part, Loop), "a product of weights is not scheduled"
            for place in part.nodes:
                self._fix(place, -1, FOREVER)
                part.stores.append((place, self.homes[place]))
        spread = [Spread(find_part(graph, place), self.homes[place]) for place in vectors]
        return (*spread, *self._list(parts, self.homes, None))

    def _is_read(self, place: int, read: set[int]) -> bool:
        """Whether a part of a vector is read itself, by the steps or by what is computed before them."""
        users = (self.graph.nodes[own] for own in self.graph.list_needed(read))
        return place in read or any(place in user.inputs and user.operation != "slice" for user in users)

    def _fix(self, place: int, first: float, last: float) -> None:
        size = self.graph.nodes[place].shape[0]
        self.homes[place] = Home("fixed", self.fixed.take(size, first, last))

    # Copies to where a value is wanted.

    def _rescue(self, kept: set[int], num_loops: int) -> list[Target]:
        """Kept values that stand in the input's part, whose gradient might be written before they are read."""
        targets = []
        for place in sorted(kept):
            stands = is_input(self.graph, place) or self._adds_to_input(place)
            if stands and (num_loops > 1 or place in self.factors):
                self.back[place] = self._keep(place)
                targets.append(Target(place, self.back[place]))
        return targets

    def _copy_factors(self) -> list[Target]:
        """Carried gradients that weights' gradients need at every step."""
        targets = []
        for place in sorted(self.factors):
            if place in self.homes and self.homes[place].base == "carry":
                self.late[place] = self._keep(place)
                targets.append(Target(place, self.late[place]))
        return targets

    def _keep(self, place: int) -> Home:
        return Home("kept", self.rows.take(self.graph.nodes[place].shape[0], -1, FOREVER))

    def _adds_to_input(self, place: int) -> bool:
        node = self.graph.nodes[place]
        return node.operation == "accumulate" and node.detail[0] and is_input(self.graph, node.inputs[0])

    def _aim(self, parts: list[Part], targets: list[Target]) -> None:
        """Let values be written where they are wanted, by their loops, by products in place, or by loops behind all."""
        loops = {place: part for part in reversed(parts) if isinstance(part, Loop) for place in part.nodes}
        products = {part.place for part in parts if isinstance(part, Product)}
        last: dict[int, Loop] = {}
        for place, home in targets:
            size = self.graph.nodes[place].shape[0]
            if place in loops:
                loops[place].stores.append((place, home))
            elif place in products - self.homes.keys() - self.factors and home.base in ("next", "after"):
                if not self._adds_to_input(place):
                    self.homes[place] = home
                    continue
                last.setdefault(size, Loop(size)).stores.append((place, home))
            else:
                last.setdefault(size, Loop(size)).stores.append((place, home))
        parts += last.values()

    # Where computed values stand.

    def _settle(self, forward: list[Part], backward: list[Part], kept: set[int]) -> None:
        """Give every value that is read from memory a home for as long as it is needed."""
        first, last = self._find_times([*forward, *backward])
        for place in self.factors:
            last[place] = FOREVER
        for place, home in self.homes.items():
            if home.base == "kept":  # the input's part
                self._pin(home, place, -1, last.get(place, -1))
        for part in (*forward, *backward):
            if isinstance(part, Product) and self._adds_to_input(part.place):
                self.homes[part.place] = self.homes[self.graph.nodes[part.place].inputs[0]]
                gone = part.place in self.back
                end = 2 * len(forward) if gone else last.get(part.place, -1)
                self._pin(self.homes[part.place], part.place, -1, end)
        for number, part in enumerate([*forward, *backward]):
            if isinstance(part, Loop):
                for place, home in part.stores:
                    if home.base == "kept" and place not in self.back:
                        self._pin(home, place, 2 * number + 1, FOREVER)
                        if place in part.nodes:
                            self.homes.setdefault(place, home)
        for part in (*forward, *backward):
            if isinstance(part, Loop):
                for place, home in part.stores:
                    if place in part.nodes and (
                        home.base == "after" or (home.base == "next" and place not in self.factors)
                    ):
                        self.homes.setdefault(place, home)
        for target in self.after:
            if target.place not in self.back and self.homes.get(target.place, target.home).base in ("kept", "after"):
                self.back[target.place] = target.home
        for place in sorted(kept | self.factors, key=lambda place: first.get(place, -1)):
            if place in first and place not in self.homes:
                size = self.graph.nodes[place].shape[0]
                self.homes[place] = Home("kept", self.rows.take(size, first[place], last[place]))
        self._settle_moments(forward, 0, self.homes)
        self._settle_moments(backward, len(forward), self.back)

    def _settle_moments(self, parts: list[Part], start: int, own: dict[int, Home]) -> None:
        """Homes for what is computed, in this direction, and needed no longer; and where each loop writes."""
        first, last = self._find_times(parts, start)
        for place in sorted(first, key=lambda place: first[place]):
            other = self.homes.get(place)
            if place in last and place not in own and (other is None or other.base == "fixed"):
                size = self.graph.nodes[place].shape[0]
                own[place] = Home("fixed", self.fixed.take(size, first[place], last[place]))
        homes, written = self.homes | own, set[int]()
        for part in parts:
            if isinstance(part, Product):
                if part.base is not None:
                    part.base.stores.append((self.graph.nodes[part.place].inputs[0], homes[part.place]))
                continue
            for place in part.nodes:
                lasts = place in last or homes.get(place, Home("", 0)).base == "kept"
                if lasts and place not in written and (place, homes[place]) not in part.stores:
                    part.stores.append((place, homes[place]))
            written.update(part.nodes)

    def _pin(self, home: Home, place: int, first: float, last: float) -> None:
        self.rows.pin(home.row, self.graph.nodes[place].shape[0], first, last)

    def _find_times(self, parts: list[Part], start: int = 0) -> tuple[dict[int, float], dict[int, float]]:
        """When a value is first written, and when it is last read from memory, if ever."""
        first: dict[int, float] = {}
        last: defaultdict[int, float] = defaultdict(lambda: -1.0)
        numbers = {id(part): number for number, part in enumerate(parts, start)}
        for number, part in enumerate(parts, start):
            if isinstance(part, Product):
                node = self.graph.nodes[part.place]
                first[part.place] = 2 * number if part.base is None else 2 * numbers[id(part.base)] + 1
                for vector in node.inputs[node.detail[0] + 1 :: 2]:
                    last[vector] = max(last[vector], 2 * number + 1)
                if node.detail[0] and is_input(self.graph, node.inputs[0]):
                    last[node.inputs[0]] = max(last[node.inputs[0]], 2 * number)
                if part.base is not None and node.inputs[0] not in part.base.nodes:
                    last[node.inputs[0]] = max(last[node.inputs[0]], 2 * numbers[id(part.base)])
                continue
            first = dict.fromkeys(part.nodes, 2 * number + 1) | first
            read = [own for place in part.nodes for own in self.graph.nodes[place].inputs]
            for place in [*read, *(place for place, _ in part.stores)]:
                if place not in part.nodes and self.graph.nodes[place].laned:
                    same = self.graph.nodes[place].shape == (part.size,)
                    last[place] = max(last[place], 2 * number + (not same))
        return first, last

    # What is run.

    def _list(self, parts: list[Part], homes: dict[int, Home], needed: set[int] | None) -> tuple[Instruction, ...]:
        listed: list[Instruction] = []
        products: list[tuple[int, Multiply]] = []  # those of one sum are numbered
        for part in [*parts, None]:
            if isinstance(part, Product):
                products += enumerate(self._multiply(part, homes, needed is None or part.place in needed))
                continue
            products.sort(key=lambda p: (p[0], p[1].x, p[1].part.name, p[1].part.row, p[1].part.column))
            listed += merge([product for _, product in products], join_results)
            products = []
            if part is not None and (part.nodes or part.stores):
                listed.append(Run(write(self.graph, part, homes.__getitem__), part.size))
        return tuple(listed)

    def _multiply(self, product: Product, homes: dict[int, Home], needed: bool) -> list[Multiply]:
        """The products of an accumulation: the first begins with its base."""
        node = self.graph.nodes[product.place]
        (has_base,), y, bias, start = node.detail, homes[product.place], None, "zero"
        if has_base and is_part(self.graph, node.inputs[0]):
            bias, start = find_part(self.graph, node.inputs[0]), "bias"
        elif has_base:
            start = "add"
        factors = node.inputs[has_base:]
        terms = [
            Multiply(find_part(self.graph, weight), homes[vector], y, "add", None, needed)
            for weight, vector in zip(factors[::2], factors[1::2], strict=True)
        ]
        first, *rest = merge(sorted(terms, key=lambda t: (t.part.name, t.part.row, t.part.column)), join_terms)
        return [first._replace(start=start, bias=bias), *rest]

    def _list_gradients(self) -> tuple[Gradient, ...]:
        homes = self.homes | self.back | self.late
        gradients = [
            Gradient(c.part, homes[c.rows], None if c.columns is None else homes[c.columns]) for c in self.contributions
        ]
        none = Home("", -1)
        gradients.sort(key=lambda g: (g.columns or none, g.part.name, g.part.row, g.part.column))
        return tuple(merge(gradients, join_gradients))
