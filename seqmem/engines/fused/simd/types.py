"""Names for what compiled functions take, for readers and type checkers; numba finds its own."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]  # flat
Integers: TypeAlias = NDArray[np.int32]  # flat
Vec: TypeAlias = Any  # a vector, or a tile of them
Number: TypeAlias = Any  # a float32
Struct: TypeAlias = Any  # of `structs.TRIAL` or `structs.LAYER`, or a cell's description
