"""The compiled engine: whole training steps in one call, a sequence a lane."""

from seqmem.engines.fused.engine import FusedEngine
from seqmem.engines.fused.support import supports

__all__ = ["FusedEngine", "supports"]
