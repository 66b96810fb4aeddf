"""The reference engine: torch with a leading trial axis; what all else is held against."""

from seqmem.engines.reference.engine import ReferenceEngine, stack_key

__all__ = ["ReferenceEngine", "stack_key"]
