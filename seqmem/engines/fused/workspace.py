"""The memory that a thread computes in, kept from call to call."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64  # bytes of a cache line; loads that straddle two cost up to a tenth of the speed


class Workspace(threading.local):
    """Two arrays, each thread's own, that grow to the largest size asked for."""

    def __init__(self) -> None:
        self.lanes: NDArray[np.float32] = np.empty(0, np.float32)
        self.symbols: NDArray[np.int32] = np.empty(0, np.int32)

    def take(self, floats: int, integers: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        if len(self.lanes) < floats:
            spare = ALIGNMENT // 4
            array = np.empty(floats + spare, np.float32)
            start = -array.ctypes.data % ALIGNMENT // 4
            self.lanes = array[start : start + floats]
        if len(self.symbols) < integers:
            self.symbols = np.empty(integers, np.int32)
        return self.lanes, self.symbols
