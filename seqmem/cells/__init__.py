"""The recurrences, as readable torch; a cell is found by its file, `MinGRU` in `mingru.py`."""

from importlib import import_module
from pkgutil import iter_modules

from seqmem.cells.cell import Cell, State
from seqmem.cells.gru import GRU
from seqmem.cells.lstm import LSTM
from seqmem.cells.lstm_chain import LSTMChain
from seqmem.cells.rnn import RNN

__all__ = ["GRU", "LSTM", "RNN", "Cell", "LSTMChain", "State"]


def __getattr__(name: str) -> type[Cell]:
    for module in iter_modules(__path__):
        if module.name.replace("_", "") == name.lower():
            cls: type[Cell] = getattr(import_module(f"{__name__}.{module.name}"), name)
            return cls
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
