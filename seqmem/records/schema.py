"""What may stand in the files of a job: names, types and limits, the same for whoever reads them.

The limits are far beyond what a sweep writes. They keep what others wrote, by accident or on
purpose, from taking a reader's time and memory, or from being taken for what it is not.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from seqmem.job.checks import MOST, MOST_TRIALS, Count, Share

DEEPEST = 8  # levels of a config
MOST_ENTRIES = 10_000  # of a list or a group
MOST_STEPS = 200  # of a traced sequence whose inputs are kept as text

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=10_000)]
LongText = Annotated[str, Meta(max_length=1_000_000)]  # a command line, the message of an error
Number = Annotated[int, Meta(ge=-(2**63) + 1, le=2**63 - 1)] | float
Plain = Number | bool | Text | None
Value: Any = Plain
for _ in range(DEEPEST):
    Entries = Annotated[list[Value], Meta(max_length=MOST_ENTRIES)]
    Group = Annotated[dict[Name, Value], Meta(max_length=MOST_ENTRIES)]
    Value = Plain | Entries | Group

STEP = re.compile(r"\.(\w+)|\[(\d+)\]")  # of a path such as $[1].wrong
JobStatus = Literal["running", "done", "failed", "interrupted"]
T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """What `result.json` holds.

    status: `running`, `done`, `failed` or `interrupted`.
    fingerprint: Hash of all that can change a trial's numbers.
    overrides: The command-line overrides that made the job.
    config: The resolved config.
    engine: `fused` or `reference`; None until it is chosen.
    device: `cpu` or `cuda`.
    reason: Why this engine.
    digest: Hash of the data that the task was handed, where its arguments do not determine them.
    versions: Of seqmem, Python and the libraries that compute.
    origin: Processor, command line, revisions and time, as in `seqmem.records.provenance`.
    summary: Figures over the job's trials.
    chance: Share of wrong predictions of a guess at a task of the user's own; None where it is not known.
    steps: The inputs of the traced sequence, a text a step, where they are not too many.
    telling: Those of its steps that the answer depends on, as the task says.
    error: What went wrong, if the job failed.
    """

    status: JobStatus
    fingerprint: Name
    overrides: Annotated[list[LongText], Meta(max_length=MOST_ENTRIES)]
    config: dict[str, Any]  # see check_config
    engine: Name | None = None
    device: Name | None = None
    reason: Text | None = None
    digest: Name | None = None
    versions: dict[Name, Text] = field(default_factory=dict)
    origin: dict[Name, LongText] = field(default_factory=dict)
    summary: dict[Name, Number | None] = field(default_factory=dict)
    error: LongText | None = None
    chance: Share | None = None
    steps: Annotated[list[Name], Meta(max_length=MOST_STEPS)] = field(default_factory=list)
    telling: Annotated[list[Count], Meta(max_length=MOST_ENTRIES)] = field(default_factory=list)


class AnyConfig(Struct, frozen=True, array_like=True):
    """Any config at all; a struct, since msgspec looks at the type of a struct but once."""

    config: Group


class Named(Struct, frozen=True):
    """A group of a config that names a class."""

    target: Name | UnsetType = msgspec.field(default=UNSET, name="_target_")
    name: Name | UnsetType = UNSET


class ReadKeys(Struct, frozen=True):
    """The keys of a config that the analysis counts with, or calls things by, where they are given."""

    task: Named | UnsetType = UNSET
    model: Named | UnsetType = UNSET
    seed: Annotated[float, Meta(ge=0, le=4 * MOST, multiple_of=1)] | UnsetType = UNSET  # may be written 1e3
    trials: Annotated[float, Meta(ge=1, le=MOST_TRIALS, multiple_of=1)] | UnsetType = UNSET
    batch_size: Annotated[float, Meta(ge=1, le=MOST)] | UnsetType = UNSET
    max_sequences: Annotated[float, Meta(ge=1, le=MOST)] | UnsetType = UNSET


class CurveRow(Struct, frozen=True, array_like=True, gc=False):
    """A row of curves.csv."""

    trial: Count
    sequences: Count
    train_loss: float | None
    train_error: Share | None
    test_loss: float | None
    test_error: Share | None
    last_loss: float | None
    validation_loss: float | None = None
    validation_error: Share | None = None


class SampleRow(Struct, frozen=True, array_like=True, gc=False):
    """A row of samples.csv."""

    trial: Count
    input: str
    target: str
    prediction: str


class TestRow(Struct, frozen=True, array_like=True, gc=False):
    """A row of tests.csv; `wrong` is None where the trial diverged."""

    trial: Count
    test: Name
    wrong: Count | None
    test_sequences: Annotated[int, Meta(ge=1)]


class TrialProgress(Struct, frozen=True):
    """How far a trial has come, in its state."""

    steps: Count


class Begun(Struct, frozen=True):
    """The part of a trial's state that says how far it has come."""

    progress: TrialProgress


def read_json(content: bytes | str, type_: type[T]) -> T:
    """Read JSON, infinity and NaN included, as Python writes them.

    Raises:
        ValueError: if it is none, or not of the type.
    """
    try:
        return convert(json.loads(content), type_)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def convert(value: Any, type_: type[T], columns: Sequence[str] = (), before: int = 0) -> T:
    """Make plain values an object, all of it checked.

    Args:
        value: Dicts, lists, texts and numbers; or some rows of a table, all of it text.
        type_: Of the object.
        columns: The names of the table's columns.
        before: How many rows of the table there are before these.
    Raises:
        ValueError: if it is not of the type; the message names the key or the row, and the value there.
    """
    try:
        return msgspec.convert(value, type_, strict=not columns)
    except msgspec.ValidationError as error:
        raise ValueError(_explain(error, value, columns, before)) from None


def check_config(config: Mapping[str, Any]) -> None:
    """Check that a config is one that can be read back.

    Raises:
        ValueError: if it is not; the message names the key.
    """
    try:
        msgspec.convert([config], AnyConfig)
    except msgspec.ValidationError as error:
        raise ValueError(f"config: {_split(error)[0]}{_blame(config)}") from None
    convert(config, ReadKeys)


def _blame(config: Mapping[str, Any]) -> str:
    """The key of a config whose value is not as it must be; msgspec does not tell it."""
    for key, value in config.items():
        try:
            msgspec.convert([{key: value}], AnyConfig)
        except msgspec.ValidationError:
            return f", in {key[:50]}"
    return ""


def _split(error: msgspec.ValidationError) -> tuple[str, str]:
    """What msgspec says of a value, and its path: `expected int, got str`, `$[1].wrong`."""
    what, _, path = str(error).replace("`", "").partition(" - at ")
    return f"{what[:1].lower()}{what[1:]}", path.removeprefix("key in ")


def _explain(error: msgspec.ValidationError, value: Any, columns: Sequence[str], before: int) -> str:
    """An error of msgspec with the names of what is there, and its value."""
    what, path = _split(error)
    known = path.partition("[...]")[0]  # then follows some key of a dict
    steps = [int(index) if index else name for name, index in STEP.findall(known)]
    if not steps:
        return what
    where = ".".join(map(str, steps))
    if known != path:
        return f"{where}: {what}"
    for step in steps:
        value = value[step]
    if columns:
        row, *fields = steps
        names = [columns[step] if isinstance(step, int) else step for step in fields]
        where = ", ".join([f"row {int(row) + before + 1}", *names])
    return f"{where} is {'empty' if columns and value is None else reprlib.repr(value)}; {what}"
