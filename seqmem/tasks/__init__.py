"""What is to be remembered."""

from seqmem.tasks.adding import Adding
from seqmem.tasks.binary_addition import BinaryAddition
from seqmem.tasks.constant_pair import ConstantPair
from seqmem.tasks.copying import Copying
from seqmem.tasks.echo import Echo
from seqmem.tasks.long_lag import LongLag
from seqmem.tasks.recall import Recall
from seqmem.tasks.row_digits import RowDigits
from seqmem.tasks.row_mnist import RowMNIST
from seqmem.tasks.table import Table
from seqmem.tasks.task import Criterion, FurtherTest, Sequences, Target, Task, draw_integers
from seqmem.tasks.temporal_order import TemporalOrder

__all__ = [
    "Adding",
    "BinaryAddition",
    "ConstantPair",
    "Copying",
    "Criterion",
    "Echo",
    "FurtherTest",
    "LongLag",
    "Recall",
    "RowDigits",
    "RowMNIST",
    "Sequences",
    "Table",
    "Target",
    "Task",
    "TemporalOrder",
    "draw_integers",
]
