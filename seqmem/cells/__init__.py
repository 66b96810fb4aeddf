"""The recurrences, as readable torch for the reference engine."""

from seqmem.cells.cell import Cell, State
from seqmem.cells.gru import GRU
from seqmem.cells.lstm import LSTM
from seqmem.cells.lstm_chain import LSTMChain
from seqmem.cells.rnn import RNN

__all__ = ["GRU", "LSTM", "RNN", "Cell", "LSTMChain", "State"]
