"""What tests of single blocks share."""

from typing import Any

import numpy as np
from numba import njit

from seqmem.engines.fused.simd.target import BLOCK


def called(block: Any) -> Any:
    """Compile a block so that Python can call it, without leaving it on disk."""
    return njit(block.py_func if hasattr(block, "py_func") else block)


def lanes_of(*matrices: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Put matrices (.., BLOCK) one behind the other, with NaN between and behind; return their offsets."""
    space = np.full(16 * BLOCK, np.nan, np.float32)
    parts, offsets, used = [], [], 0
    for matrix in matrices:
        offsets.append(used)
        parts += [matrix.astype(np.float32).ravel(), space]
        used += matrix.size + space.size
    return np.concatenate(parts), offsets
