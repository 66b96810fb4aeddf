"""The reference engine: torch with a leading trial axis; what all else is held against."""

from seqmem.engines.reference.closed_loop import evaluate_in_closed_loop
from seqmem.engines.reference.engine import ReferenceEngine, stack_key
from seqmem.engines.reference.module import TrainedNetwork

__all__ = ["ReferenceEngine", "TrainedNetwork", "evaluate_in_closed_loop", "stack_key"]
