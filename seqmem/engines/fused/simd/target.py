"""What the processor offers: the width of its vectors, and whether they can be permuted."""

# mypy: disable-error-code="attr-defined,no-untyped-call,no-any-return,list-item"

from __future__ import annotations

import llvmlite.binding
from numba.core import config

WIDE, NARROW = "avx512f", "avx2"


def cpu_features() -> frozenset[str]:
    """Names of the features that numba compiles for, NUMBA_CPU_FEATURES respected."""
    listed = config.CPU_FEATURES
    if listed is None:
        listed = llvmlite.binding.get_host_cpu_features().flatten()
    return frozenset(name[1:] for name in listed.split(",") if name.startswith("+"))


FEATURES = cpu_features()

# A register tile has 4 rows by 2 vectors of accumulators. With 16 lanes it would not fit the 16
# registers of AVX2, which has two instructions for each such vector.
LANES = 16 if WIDE in FEATURES else 8

# Sequences are trained in blocks: one sequence a lane, two vectors a block.
BLOCK = 2 * LANES
