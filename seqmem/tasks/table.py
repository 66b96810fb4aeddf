"""Sequences of one's own, from a table with a row a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import show
from seqmem.tasks.table_file import TableFile, read_table_file
from seqmem.tasks.task import Sequences, Target, Task, draw_integers

Value = bool | int | float | str  # of a cell
Answer = Literal["class", "bits", "real"]


class Table(Task):
    """Answer what a table of one's own asks for, a row a step.

    Example (sequence=block, inputs=[choice,reward], targets=[next], every_step=true):
        block  choice  reward  next  split
            1       0       1     0  train
            1       0       0     1  train     0,1 0,0 -> 0 1
            2       1       1     1  test      1,1     -> 1

    Args:
        file: Path of a .csv or .parquet file, or of a .npz file with an array a column.
        inputs: Columns that are read.
        targets: Columns that are to be answered.
        sequence: Column that tells to which sequence a row belongs.
        step: Column by which the rows of a sequence are ordered; None for their order in the file.
        split: Column that tells to which part a sequence belongs.
        test: Values of `split` whose sequences are tested on.
        validation: Values of `split` whose sequences are for validation, if any; what is left is
            trained on.
        where: Columns and the value that a row must have there to count, as {subject: 3}.
        answer: `class` (one column of whole numbers from 0), `bits` (columns of 0 and 1) or `real`.
        every_step: An answer at every step; else one at the end, that of a sequence's last row.
        symbols: Whether inputs are one column of whole numbers from 0, each a symbol; None if they
            happen to be.
        tolerance: For `real`, the largest error of a right answer.
    Raises:
        ValueError: if the file cannot be read, or is not as this says.
    """

    not_in_fingerprint = ("file",)

    def __init__(
        self,
        file: str,
        inputs: Sequence[str],
        targets: Sequence[str],
        sequence: str = "sequence",
        step: str | None = None,
        split: str = "split",
        test: Sequence[Value] = ("test",),
        validation: Sequence[Value] = ("validation",),
        where: Mapping[str, Value] | None = None,
        answer: Answer = "class",
        every_step: bool = False,
        symbols: bool | None = None,
        tolerance: float = 0.0,
    ) -> None:
        table = read_table_file(file)
        self.digest = table.digest
        table = _keep(table, where or {})
        order, lengths = _order(table, sequence, step)
        read = table.numbers("inputs", inputs)[order]
        answers = table.numbers("targets", targets)[order]
        self.symbols = _is_whole(read) if symbols is None else symbols
        if self.symbols and not _is_whole(read):
            raise ValueError("symbols=true needs inputs that are one column of whole numbers from 0")
        self.input_size = int(read.max()) + 1 if self.symbols else read.shape[1]
        self.max_length = int(lengths.max())
        self.target = _make_target(answers, answer, every_step, tolerance)
        padded = _pad(read, lengths)
        inputs_read = padded[..., 0].astype(np.int64) if self.symbols else padded.astype(np.float32)
        sequences = Sequences(inputs_read, lengths, _shape_targets(answers, lengths, self.target))
        parts = table.column("split", split).to_numpy()[order]
        own = _name_parts(parts, lengths, sequence, split, {"test": test, "validation": validation})
        sets = {part: sequences[own == part] for part in ("train", "validation", "test")}
        for part, verb in (("train", "train"), ("test", "test")):
            if not len(sets[part]):
                values = ", ".join(map(str, dict.fromkeys(parts.tolist())))
                raise ValueError(f"split={split} leaves no sequence to {verb} on; its values are {show(values)}")
        self.training_set, self.test_set = sets["train"], sets["test"]
        self.validation_set = sets["validation"] if len(sets["validation"]) else None

    def sample(self, rng: np.random.Generator, n: int) -> Sequences:
        assert self.training_set is not None
        return self.training_set[draw_integers(rng, 0, len(self.training_set), (n,))]


def _keep(table: TableFile, where: Mapping[str, Value]) -> TableFile:
    """The rows that have some values."""
    kept = np.ones(len(table.frame), bool)
    for name, value in where.items():
        kept &= (table.column("where", name) == value).to_numpy()
    if not kept.any():
        told = ", ".join(f"{name}={value}" for name, value in where.items())
        raise ValueError(f"where leaves no row of {table.name} that has {told}")
    return replace(table, frame=table.frame[kept])


def _order(table: TableFile, sequence: str, step: str | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in the order of sequences and their steps, and the lengths of the sequences."""
    import pandas as pd

    numbers, _ = pd.factorize(table.column("sequence", sequence))  # in the order in which they begin
    steps = np.arange(len(numbers)) if step is None else table.numbers("step", [step])[:, 0]
    order = np.lexsort((steps, numbers))
    lengths = np.bincount(numbers)
    same = (np.diff(numbers[order]) == 0) & (np.diff(steps[order]) == 0)
    if same.any():
        name = table.column("sequence", sequence).iloc[order[int(same.argmax())]]
        raise ValueError(f"step={step} must differ from row to row of a sequence, but {sequence}={name} has one twice")
    return order, lengths


def _is_whole(numbers: NDArray[np.float64]) -> bool:
    """Whether numbers (rows, columns) are one column of whole numbers from 0."""
    return numbers.shape[1] == 1 and bool((numbers >= 0).all() and (numbers % 1 == 0).all())


def _make_target(answers: NDArray[np.float64], kind: Answer, every_step: bool, tolerance: float) -> Target:
    size = answers.shape[1]
    if kind == "bits" and not np.isin(answers, (0, 1)).all():
        other = answers[~np.isin(answers, (0, 1))][0]
        raise ValueError(f"answer=bits needs targets of 0 and 1, got {other:g}")
    if kind == "class":
        if not _is_whole(answers):
            raise ValueError("answer=class needs targets that are one column of whole numbers from 0")
        size = max(2, int(answers.max()) + 1)
    return Target(kind, size, every_step, tolerance=tolerance)


def _pad(rows: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of sequences, one behind the other, as (n, T, columns); zero beyond a sequence's end."""
    padded = np.zeros((len(lengths), lengths.max(), rows.shape[1]))
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = rows
    return padded


def _shape_targets(answers: NDArray[np.float64], lengths: NDArray[np.int64], target: Target) -> NDArray[np.generic]:
    own = _pad(answers, lengths) if target.every_step else answers[np.cumsum(lengths) - 1]
    return own[..., 0].astype(np.int64) if target.kind == "class" else own.astype(np.float32)


def _name_parts(
    values: NDArray[np.generic],
    lengths: NDArray[np.int64],
    sequence: str,
    split: str,
    named: Mapping[str, Sequence[Value]],
) -> NDArray[np.str_]:
    """The part of each sequence: `train`, `validation` or `test`."""
    ends = np.cumsum(lengths)
    first = values[ends - lengths]
    if (values != np.repeat(first, lengths)).any():
        raise ValueError(f"split={split} must be the same in all rows of a sequence, as {sequence} tells them apart")
    if both := set(named["test"]) & set(named["validation"]):
        raise ValueError(f"test and validation must have no value in common, got {show(sorted(map(str, both)))}")
    parts = np.full(len(lengths), "train", dtype="<U10")
    for part, own in named.items():
        parts[np.isin(first.astype(str), [str(value) for value in own])] = part
    return parts
