"""What the program runs, from parts in their order and values in their places."""

from __future__ import annotations

from collections.abc import Iterable

from seqmem.engines.fused.steps.homes import Home
from seqmem.engines.fused.steps.instructions import Gradient, Instruction, Multiply, Run
from seqmem.engines.fused.steps.merge import join_gradients, join_results, join_terms, merge
from seqmem.engines.fused.steps.schedule import Part, Product, list_sources
from seqmem.engines.fused.steps.source import write
from seqmem.engines.fused.steps.views import find_row, find_view
from seqmem.engines.fused.steps.weights import Contribution, find_part, is_part
from seqmem.graph.nodes import Graph


def list_instructions(
    graph: Graph, parts: list[Part], homes: dict[int, Home], needed: set[int] | None = None
) -> tuple[Instruction, ...]:
    """Loops, and the products between them.

    Args:
        homes: Where values stand.
        needed: What also the first step needs, which hands no gradient back; None for all.
    """
    listed: list[Instruction] = []
    side_by_side: list[Product] = []  # none of which reads another
    for part in parts:
        if isinstance(part, Product):
            if {p.index for p in side_by_side}.intersection(list_sources(graph, part.index)):
                listed += _list_products(graph, side_by_side, homes, needed)
                side_by_side = []
            side_by_side.append(part)
            continue
        listed += _list_products(graph, side_by_side, homes, needed)
        side_by_side = []
        if part.nodes or part.stores or part.joins:
            listed.append(Run(write(graph, part, homes.__getitem__)))
    return (*listed, *_list_products(graph, side_by_side, homes, needed))


def _list_products(
    graph: Graph, parts: list[Product], homes: dict[int, Home], needed: set[int] | None
) -> list[Multiply]:
    """Products side by side, the first ones of all sums before the second ones."""
    products: list[tuple[int, Multiply]] = []
    for part in parts:
        products += enumerate(_multiply(graph, part, homes, needed is None or part.index in needed))
    products.sort(key=lambda p: (p[0], p[1].x, p[1].part.name, p[1].part.row, p[1].part.column))
    return merge([product for _, product in products], join_results)


def _multiply(graph: Graph, product: Product, homes: dict[int, Home], needed: bool) -> list[Multiply]:
    """The products of an accumulation: the first begins with its base."""
    node = graph.nodes[product.index]
    (has_base,), y, bias, start = node.detail, homes[product.index], None, "zero"
    if has_base and is_part(graph, node.inputs[0]):
        bias, start = find_part(graph, node.inputs[0]), "bias"
    elif has_base:
        start = "add"
    factors = node.inputs[has_base:]
    terms = [
        Multiply(find_part(graph, weight), _find(graph, vector, homes), y, "add", None, needed)
        for weight, vector in zip(factors[::2], factors[1::2], strict=True)
    ]
    first, *rest = merge(sorted(terms, key=lambda t: (t.part.name, t.part.row, t.part.column)), join_terms)
    return [first._replace(start=start, bias=bias), *rest]


def _find(graph: Graph, index: int, homes: dict[int, Home]) -> Home:
    """Where a factor of a product stands."""
    home = homes[find_view(graph, index).source]
    return home._replace(row=home.row + find_row(graph, index))


def list_gradients(graph: Graph, contributions: Iterable[Contribution], homes: dict[int, Home]) -> tuple[Gradient, ...]:
    """What is added to the gradients of weights."""
    gradients = [
        Gradient(c.part, _find(graph, c.rows, homes), None if c.columns is None else _find(graph, c.columns, homes))
        for c in contributions
    ]
    none = Home("", -1)
    gradients.sort(key=lambda g: (g.columns or none, g.part.name, g.part.row, g.part.column))
    return tuple(merge(gradients, join_gradients))
