"""Sequences from tables of one's own."""

import numpy as np
import pandas as pd
import pytest

from seqmem.cells import GRU
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.job import VALIDATION, Job
from seqmem.job.network import Network
from seqmem.tasks import Table

# Three sequences, their rows mixed; `t` orders them.
ROWS = pd.DataFrame(
    {
        "block": ["b", "a", "b", "c", "a", "c", "a"],
        "t": [2, 0, 1, 0, 2, 1, 1],
        "choice": [1, 0, 0, 1, 2, 2, 1],
        "reward": [1.5, 0.0, -1.0, 0.25, 0.5, 1.0, 2.0],
        "next": [0, 1, 1, 2, 0, 0, 2],
        "won": [1, 0, 0, 1, 1, 0, 1],
        "subject": [1, 1, 1, 2, 1, 2, 1],
        "split": ["test", "train", "test", "validation", "train", "validation", "train"],
    }
)
USUAL = {"sequence": "block", "step": "t", "inputs": ["choice", "reward"], "targets": ["next"]}


@pytest.fixture
def write(tmp_path):
    """Write a table in a format; returns its path."""

    def write(frame: pd.DataFrame = ROWS, suffix: str = ".csv") -> str:
        path = tmp_path / f"data{suffix}"
        if suffix == ".csv":
            frame.to_csv(path, index=False)
        elif suffix == ".parquet":
            pytest.importorskip("pyarrow", reason="pyarrow is not installed")
            frame.to_parquet(path)
        else:
            np.savez(path, **{name: np.array(frame[name].tolist()) for name in frame})
        return str(path)

    return write


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_rows_become_sequences_in_the_order_of_their_steps(write, suffix):
    task = Table(write(ROWS, suffix), **USUAL, every_step=True)
    assert task.training_set.inputs.tolist() == [[[0, 0], [1, 2], [2, 0.5]]]
    assert task.training_set.targets.tolist() == [[1, 2, 0]]
    assert task.test_set.inputs.tolist() == [[[0, -1], [1, 1.5], [0, 0]]]
    assert (task.test_set.lengths.tolist(), task.validation_set.lengths.tolist()) == ([2], [2])


def test_rows_without_a_column_of_steps_keep_their_order(write):
    task = Table(write(), **(USUAL | {"step": None}))
    assert task.training_set.inputs[0, :, 0].tolist() == [0, 2, 1]


def test_one_answer_is_that_of_the_last_row(write):
    task = Table(write(), **USUAL)
    assert (task.training_set.targets.tolist(), task.test_set.targets.tolist()) == ([0], [0])
    assert (task.target.kind, task.target.size, task.target.every_step) == ("class", 3, False)


def test_one_column_of_whole_numbers_is_read_as_symbols_unless_told_otherwise(write):
    one = USUAL | {"inputs": ["choice"]}
    symbols, features = Table(write(), **one), Table(write(), **one, symbols=False)
    assert (symbols.symbols, symbols.input_size, symbols.training_set.inputs.tolist()) == (True, 3, [[0, 1, 2]])
    assert (features.symbols, features.input_size, features.training_set.inputs.shape) == (False, 1, (1, 3, 1))


def test_answers_may_be_bits_or_real_numbers(write):
    bits = Table(write(), **(USUAL | {"targets": ["won"]}), answer="bits", every_step=True)
    real = Table(write(), **(USUAL | {"targets": ["reward", "choice"]}), answer="real", tolerance=0.1)
    assert bits.training_set.targets.tolist() == [[[0], [1], [1]]]
    assert (real.training_set.targets.tolist(), real.target.tolerance) == ([[0.5, 2]], 0.1)


def test_any_values_may_tell_the_parts_apart(write):
    task = Table(write(), **USUAL, split="block", test=["a"], validation=["c"])
    assert [len(part) for part in (task.training_set, task.validation_set, task.test_set)] == [1, 1, 1]
    assert task.test_set.inputs[0, :, 0].tolist() == [0, 1, 2]


def test_numbers_may_tell_the_parts_apart(write):
    task = Table(write(), **USUAL, split="subject", test=[2])
    assert (len(task.training_set), task.validation_set, len(task.test_set)) == (2, None, 1)


def test_only_rows_that_are_asked_for_count(write):
    task = Table(write(), **USUAL, where={"subject": 1})
    assert task.validation_set is None
    assert task.max_length == 3


def test_the_same_rows_elsewhere_have_the_same_digest_and_others_another(write, tmp_path):
    first = Table(write(), **USUAL).digest
    other = tmp_path / "other"
    other.mkdir()
    ROWS.to_csv(other / "data.csv", index=False)
    assert Table(str(other / "data.csv"), **USUAL).digest == first
    ROWS.assign(next=0).to_csv(other / "data.csv", index=False)
    assert Table(str(other / "data.csv"), **USUAL).digest != first


def test_both_engines_train_and_test_on_the_same_sequences(write):
    task = Table(write(), **USUAL, every_step=True)
    job = Job(Network(task, GRU(), (3,)), batch_size=1, test_sequences=None)
    assert (job.test_size, job.validation_sequences, job.train_set) == (1, 1, 1)
    stacks = [engine([Trial(job, 0)]) for engine in (FusedStack, ReferenceStack)]
    losses = [stack.advance([3]).loss.tolist() for stack in stacks]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for test in (None, VALIDATION):
        found = [stack.evaluate([0], test)[0].loss for stack in stacks]
        assert found[0] == pytest.approx(found[1], rel=1e-4)


BROKEN = {
    "no column": ({"inputs": ["choise"]}, "inputs must name columns of data.csv, got choise; did you mean choice?"),
    "no inputs": ({"inputs": []}, "inputs must name at least one column"),
    "text": ({"inputs": ["block"]}, "inputs must name columns of numbers, but block of data.csv has others"),
    "no class": ({"targets": ["reward"]}, "answer=class needs targets that are one column of whole numbers from 0"),
    "no bits": ({"answer": "bits"}, "answer=bits needs targets of 0 and 1, got 2"),
    "no symbols": ({"symbols": True}, "symbols=true needs inputs that are one column of whole numbers from 0"),
    "two parts": ({"split": "t"}, "split=t must be the same in all rows of a sequence, as block tells them apart"),
    "no test": (
        {"test": ["tset"]},
        "split=split leaves no sequence to test on; its values are test, train, validation",
    ),
    "no training": ({"split": "subject", "test": [1, 2]}, "split=subject leaves no sequence to train on"),
    "in two": ({"test": ["test"], "validation": ["test"]}, "test and validation must have no value in common, got"),
    "nothing left": ({"where": {"subject": 9}}, "where leaves no row of data.csv that has subject=9"),
    "same step": (
        {"step": "subject"},
        "step=subject must differ from row to row of a sequence, but block=b has one twice",
    ),
    "no sequence": ({"sequence": "nope"}, "sequence must name columns of data.csv, got nope; choose"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_fit_the_table_is_told_in_one_line(write, case):
    values, message = BROKEN[case]
    with pytest.raises(ValueError) as error:
        Table(write(), **(USUAL | values))
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_gaps_are_told(write):
    with pytest.raises(ValueError, match=r"inputs must name columns without gaps, but reward of data.csv has some"):
        Table(write(ROWS.assign(reward=[1, 2, None, 3, 4, 5, 6])), **USUAL)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_a_file_that_is_no_table_is_told(tmp_path, suffix):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(b"\x00\xff" * 50)
    with pytest.raises(ValueError, match=r"^file=.*(cannot be read|needs pyarrow)"):
        Table(str(path), **USUAL)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        Table(str(tmp_path / "nope.csv"), **USUAL)
    with pytest.raises(ValueError, match=r"file must end in .csv, .parquet, .npz"):
        Table(str(tmp_path / "nope.xlsx"), **USUAL)


def test_arrays_of_several_dimensions_are_refused(tmp_path):
    np.savez(tmp_path / "data.npz", inputs=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="array inputs must have one dimension, an entry a row"):
        Table(str(tmp_path / "data.npz"), **USUAL)
