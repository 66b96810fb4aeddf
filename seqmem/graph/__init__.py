"""A cell's step as a graph: traced from its tensor methods, differentiated, counted, and run in numpy.

No tensor library is needed for that. `trace` runs `Cell.step` once with symbols in the place of
tensors; `differentiate` adds the way back; `evaluate` says in numpy what a graph means.
"""

from seqmem.graph.differentiate import Gradients, differentiate
from seqmem.graph.errors import UntraceableError
from seqmem.graph.evaluate import evaluate
from seqmem.graph.symbol import Symbol
from seqmem.graph.trace import Step, trace

__all__ = ["Gradients", "Step", "Symbol", "UntraceableError", "differentiate", "evaluate", "trace"]
