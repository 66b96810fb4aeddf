"""Puts a step's values in their places, and its instructions in order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from seqmem.engines.fused.steps.homes import AFTER, Home, Rows, States
from seqmem.engines.fused.steps.instructions import Fold, Instruction, Spread, StepPlan
from seqmem.engines.fused.steps.listing import list_gradients, list_instructions
from seqmem.engines.fused.steps.schedule import Loop, Part, Product, is_input, list_sources, schedule
from seqmem.engines.fused.steps.times import find_times
from seqmem.engines.fused.steps.views import find_view, is_whole, squeeze
from seqmem.engines.fused.steps.weights import Contribution, find_part, is_part
from seqmem.graph.kept import list_kept
from seqmem.graph.nodes import Graph

FOREVER = math.inf


class Target(NamedTuple):
    """A node, and where it is wanted."""

    node: int
    home: Home


class Planner:
    """Plans a step from its graph, whose sums are accumulations.

    First what is given has its place (leaves, what is the same at each step), then the parts of both
    directions are put in order, values that are wanted somewhere are aimed there, and all others
    have places for as long as they are needed: see `times`.

    Args:
        states: Where they stand.
        after, before, x: What is computed: states, and the gradients of those before and of the input's part.
        contributions: To the gradients of weights.
    """

    def __init__(
        self,
        graph: Graph,
        states: States,
        after: list[Target],
        before: list[Target],
        x: list[Target],
        found: list[Contribution],
    ) -> None:
        self.graph, self.states = graph, states
        self.after, self.before, self.x = ([self._see_through(t) for t in targets] for targets in (after, before, x))
        self.contributions = found
        self.factors = {find_view(graph, index).source for c in found for index in c.factors}
        self.homes: dict[int, Home] = {}
        self.back: dict[int, Home] = {}  # where the way back finds it instead
        self.late: dict[int, Home] = {}  # where it is in the end

    def plan(self, initial: tuple[tuple[int, float], ...], holds: bool, folds: tuple[Fold, ...]) -> StepPlan:
        graph, states = self.graph, self.states
        self.rows, self.fixed = Rows(states.memory + states.memory_rows), Rows()
        if states.memory_rows:
            self.rows.pin(states.memory, states.memory_rows, -FOREVER, FOREVER)
        ahead = [target.node for target in self.after]
        back = [*(target.node for target in (*self.before, *self.x)), *self.factors]
        self._settle_leaves(ahead + back)
        begin = self._begin(ahead + back)
        known = set(graph.list_needed(ahead))
        free = {index for index, home in self.homes.items() if home.base != "kept"}
        kept = {find_view(graph, index).source for index in list_kept(graph, ahead, back, {*free, *ahead})}
        kept |= self.factors & known
        kept -= {*free, *ahead}
        forward = schedule(graph, [*ahead, *kept], self.homes)
        backward = schedule(graph, back, {*self.homes, *kept, *ahead})
        rescued = self._rescue(kept, sum(isinstance(part, Loop) for part in backward))
        self._aim(forward, [*self.after, *rescued])
        self._aim(backward, [*self.before, *self.x, *self._copy_factors()])
        self._settle(forward, backward, kept)
        needed = set(graph.list_needed([*(target.node for target in self.x), *self.factors]))
        ahead_list = list_instructions(graph, forward, self.homes)
        back_list = list_instructions(graph, backward, self.homes | self.back, needed)
        gradients = list_gradients(graph, self.contributions, self.homes | self.back | self.late)
        return StepPlan(
            states.memory, states, initial, self.rows.height, self.fixed.height, holds,
            begin, ahead_list, back_list, gradients, folds,
        )  # fmt: skip

    def _see_through(self, target: Target) -> Target:
        """The node that a wanted one looks at, if it has the same numbers."""
        whole = is_whole(self.graph, target.node)
        return target._replace(node=find_view(self.graph, target.node).source) if whole else target

    def _size(self, index: int) -> int:
        """Rows of a node."""
        return math.prod(self.graph.nodes[index].shape)

    # Where leaves stand.

    def _settle_leaves(self, wanted: Iterable[int]) -> None:
        """The input's part, states and gradients, and slices of them."""
        for index in self.graph.list_needed(wanted):
            node, row = self.graph.nodes[index], 0
            if find_view(self.graph, index).source != index:
                continue
            if node.operation == "slice":
                row, node = int(node.detail[1]) * math.prod(node.shape[1:]), self.graph.nodes[node.inputs[0]]
            state = int(node.detail[0]) if node.operation in ("state", "gradient") else 0
            if node.operation == "state":
                home = self.states.before(state)
            elif node.operation == "gradient":
                home = self.states.gradient("carry", state)
            elif node.operation == "input":
                home = Home("kept", 0)
            else:
                continue
            self.homes[index] = home._replace(row=home.row + row)

    def _begin(self, wanted: Iterable[int]) -> tuple[Instruction, ...]:
        """What is the same at each step: vectors of weights, and what follows from them."""
        graph, nodes = self.graph, self.graph.nodes
        read: set[int] = set()
        for index in graph.list_needed(wanted):
            node = nodes[index]
            if node.laned and node.operation != "accumulate":
                read.update(own for own in list_sources(graph, index) if not nodes[own].laned)
            elif node.operation == "accumulate" and node.detail[0] and not is_part(graph, node.inputs[0]):
                read.update(node.inputs[:1])
        read = {index for index in read if not nodes[index].laned and nodes[index].operation not in ("number", "zeros")}
        vectors = [index for index in graph.list_needed(read) if is_part(graph, index) and self._is_read(index, read)]
        for index in vectors:
            self._fix(index, -1, FOREVER)
        parts = schedule(graph, read, self.homes, laned=False)
        for part in parts:
            assert isinstance(part, Loop), "a product of weights is not scheduled"
            for index in part.nodes:
                self._fix(index, -1, FOREVER)
                part.stores.append((index, self.homes[index]))
        spread = [Spread(find_part(graph, index), self.homes[index]) for index in vectors]
        return (*spread, *list_instructions(self.graph, parts, self.homes))

    def _is_read(self, index: int, read: set[int]) -> bool:
        """Whether a part of a vector is read itself, by the steps or by what is computed before them."""
        users = (self.graph.nodes[own] for own in self.graph.list_needed(read))
        return index in read or any(index in user.inputs and user.operation != "slice" for user in users)

    def _fix(self, index: int, first: float, last: float) -> None:
        self.homes[index] = Home("fixed", self.fixed.take(self._size(index), first, last))

    # Copies to where a value is wanted.

    def _rescue(self, kept: set[int], num_loops: int) -> list[Target]:
        """Kept values that stand in the input's part, whose gradient might be written before they are read."""
        targets = []
        for index in sorted(kept):
            stands = is_input(self.graph, index) or self._adds_to_input(index)
            if stands and (num_loops > 1 or index in self.factors):
                self.back[index] = self._keep(index)
                targets.append(Target(index, self.back[index]))
        return targets

    def _copy_factors(self) -> list[Target]:
        """Carried gradients that weights' gradients need at every step."""
        targets = []
        for index in sorted(self.factors):
            if index in self.homes and self.homes[index].base == "carry":
                self.late[index] = self._keep(index)
                targets.append(Target(index, self.late[index]))
        return targets

    def _keep(self, index: int) -> Home:
        return Home("kept", self.rows.take(self._size(index), -1, FOREVER))

    def _adds_to_input(self, index: int) -> bool:
        node = self.graph.nodes[index]
        return node.operation == "accumulate" and node.detail[0] and is_input(self.graph, node.inputs[0])

    def _aim(self, parts: list[Part], targets: list[Target]) -> None:
        """Let values be written where they are wanted, by their loops, by products in place, or by loops behind all."""
        loops = {index: part for part in reversed(parts) if isinstance(part, Loop) for index in part.nodes}
        products = {part.index for part in parts if isinstance(part, Product)}
        last: dict[tuple[int, ...], Loop] = {}
        for index, home in targets:
            shape = squeeze(self.graph.nodes[index].shape)
            if index in loops:
                loops[index].stores.append((index, home))
            elif index in products - self.homes.keys() - self.factors and home.base in ("next", *AFTER):
                if not self._adds_to_input(index):
                    self.homes[index] = home
                    continue
                last.setdefault(shape, Loop(shape)).stores.append((index, home))
            else:
                last.setdefault(shape, Loop(shape)).stores.append((index, home))
        parts += last.values()

    # Where computed values stand.

    def _settle(self, forward: list[Part], backward: list[Part], kept: set[int]) -> None:
        """Give every value that is read from memory a home for as long as it is needed."""
        first, last = find_times(self.graph, [*forward, *backward])
        for index in self.factors:
            last[index] = FOREVER
        for index, home in self.homes.items():
            if home.base == "kept":  # the input's part
                self._pin(home, index, -1, last.get(index, -1))
        for part in (*forward, *backward):
            if isinstance(part, Product) and self._adds_to_input(part.index):
                self.homes[part.index] = self.homes[self.graph.nodes[part.index].inputs[0]]
                gone = part.index in self.back
                end = 2 * len(forward) if gone else last.get(part.index, -1)
                self._pin(self.homes[part.index], part.index, -1, end)
        for number, part in enumerate([*forward, *backward]):
            if isinstance(part, Loop):
                for index, home in part.stores:
                    if home.base == "kept" and index not in self.back:
                        self._pin(home, index, 2 * number + 1, FOREVER)
                        if index in part.nodes:
                            self.homes.setdefault(index, home)
        for part in (*forward, *backward):
            if isinstance(part, Loop):
                for index, home in part.stores:
                    if index in part.nodes and (
                        home.base in AFTER or (home.base == "next" and index not in self.factors)
                    ):
                        self.homes.setdefault(index, home)
        for target in self.after:
            if target.node not in self.back and self.homes.get(target.node, target.home).base in ("kept", *AFTER):
                self.back[target.node] = target.home
        for index in sorted(kept | self.factors, key=lambda index: first.get(index, -1)):
            if index in first and index not in self.homes:
                self.homes[index] = Home("kept", self.rows.take(self._size(index), first[index], last[index]))
        self._settle_moments(forward, 0, self.homes)
        self._settle_moments(backward, len(forward), self.back)

    def _settle_moments(self, parts: list[Part], start: int, own: dict[int, Home]) -> None:
        """Homes for what is computed, in this direction, and needed no longer; and where each loop writes."""
        first, last = find_times(self.graph, parts, start)
        for index in sorted(first, key=lambda index: first[index]):
            other = self.homes.get(index)
            if index in last and index not in own and (other is None or other.base == "fixed"):
                own[index] = Home("fixed", self.fixed.take(self._size(index), first[index], last[index]))
        homes, written = self.homes | own, set[int]()
        for part in parts:
            if isinstance(part, Product):
                if part.base is not None:
                    part.base.stores.append((self.graph.nodes[part.index].inputs[0], homes[part.index]))
                continue
            for index in part.nodes:
                lasts = index in last or homes.get(index, Home("", 0)).base == "kept"
                if lasts and index not in written and (index, homes[index]) not in part.stores:
                    part.stores.append((index, homes[index]))
            written.update(part.nodes)

    def _pin(self, home: Home, index: int, first: float, last: float) -> None:
        self.rows.pin(home.row, self._size(index), first, last)
