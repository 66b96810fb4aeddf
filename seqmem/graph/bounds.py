"""How fast states can grow by themselves.

Beyond a sequence's end its lane runs on, and what it computes there is not used: its gradient is
zero. But zero times infinity is not. A state that grows by no more than a constant a step stays
finite; a state that might not is held.
"""

from __future__ import annotations

import math

from seqmem.graph.nodes import Graph, Node
from seqmem.graph.trace import Step

BOUNDED = {"sigmoid", "tanh", "sin", "cos", "less", "less_equal"}  # no larger than 1
KEEPING = {"negate", "relu", "absolute", "detach", "slice", "concatenate", "reshape", "transpose", "amax"}


def grows_slowly(step: Step) -> bool:
    """Whether no state is larger after a step than the largest before it, by more than a constant."""
    graph = step.graph
    wanted = [state.index for state in step.after]
    slopes: dict[int, float] = {}  # |value| <= slope x largest state + constant
    shares: set[int] = set()  # from 0 to 1
    sizes: dict[int, float] = {}  # the constant where there is no slope, if it is known, else infinity
    for index in graph.list_needed(wanted):
        node = graph.nodes[index]
        own = [slopes[given] for given in node.inputs]
        size = [sizes[given] for given in node.inputs]
        slope, most = math.inf, math.inf
        if node.operation in BOUNDED:
            slope, most = 0.0, 1.0
        elif node.operation == "number":
            slope, most = 0.0, abs(node.detail[0])
        elif not node.laned or node.operation == "input":
            slope = 0.0
        elif node.operation == "state":
            slope = 1.0
        elif node.operation in KEEPING:
            slope, most = max(own), max(size)
        elif node.operation == "add" and (between := _find_mixed(graph, node, shares)):
            slope, most = max(slopes[given] for given in between), max(sizes[given] for given in between)
        elif node.operation in ("add", "subtract"):
            slope, most = sum(own), sum(size)
        elif node.operation in ("minimum", "maximum", "where"):
            slope, most = max(own[-2:]), max(size[-2:])
        elif node.operation == "multiply":
            slope, most = _multiply(own, size)
        elif max(own, default=0.0) == 0.0 and node.operation in ("product", "sum", "softplus", "exp"):
            slope = 0.0
        slopes[index], sizes[index] = slope, most
        if _is_share(graph, index, shares):
            shares.add(index)
    return all(slopes[index] <= 1.0 for index in wanted)


def _is_share(graph: Graph, index: int, shares: set[int]) -> bool:
    """Whether a value is surely from 0 to 1."""
    node = graph.nodes[index]
    if node.operation == "number":
        return 0 <= float(node.detail[0]) <= 1
    if node.operation in ("multiply", "slice", "minimum", "maximum"):
        return shares.issuperset(node.inputs)
    if node.operation == "subtract":
        return graph.nodes[node.inputs[0]].detail == (1.0,) and node.inputs[1] in shares
    return node.operation in ("sigmoid", "less", "less_equal")


def _find_mixed(graph: Graph, node: Node, shares: set[int]) -> tuple[int, int] | None:
    """The two values that a sum lies between: a + f (b - a), with f from 0 to 1."""
    for a, product in (node.inputs, node.inputs[::-1]):
        if graph.nodes[product].operation == "multiply":
            for f, difference in (graph.nodes[product].inputs, graph.nodes[product].inputs[::-1]):
                if f in shares and graph.nodes[difference].operation == "subtract":
                    b, other = graph.nodes[difference].inputs
                    if other == a:
                        return a, b
    return None


def _multiply(slopes: list[float], sizes: list[float]) -> tuple[float, float]:
    if slopes == [0.0, 0.0]:
        return 0.0, sizes[0] * sizes[1] if 0 not in sizes else 0.0
    for bounded, other in ((0, 1), (1, 0)):
        if slopes[bounded] == 0.0 and sizes[bounded] < math.inf:
            return sizes[bounded] * slopes[other], math.inf
    return math.inf, math.inf
