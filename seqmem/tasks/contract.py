"""What every task must hold to, checked on what it draws: one line that names the class, the method and the rule."""

from __future__ import annotations

import random
from typing import Any, NoReturn

import numpy as np

from seqmem.tasks.task import Sequences, Task

DRAWN = 5  # sequences of a trial draw
STEPS = (0, 1, 1_000_000)  # at which a task is drawn from that takes a step
_held: set[type[Task]] = set()  # classes that held


def is_built_in(kind: type[Task]) -> bool:
    """Whether a class of tasks is one of seqmem's own; one that extends such a class is not."""
    return kind.__module__.rpartition(".")[0] == __name__.rpartition(".")[0]


def check_task(task: Task) -> None:
    """Check a task's own sets, and what it draws if its class is used for the first time.

    Raises:
        ValueError: if it breaks its contract.
    """
    kind = type(task)
    if is_built_in(kind):
        return
    if not isinstance(task.batches_at_once, int) or task.batches_at_once < 1:
        _refuse(task, "batches_at_once", f"must be a number of at least 1, got {task.batches_at_once}")
    if task.takes_step:
        if task.batches_at_once > 1:
            _refuse(task, "batches_at_once", f"must be 1, as sample takes a step, got {task.batches_at_once}")
        if type(task).sample_set is Task.sample_set:
            _refuse(
                task, "sample_set", "must be the task's own, as sample takes a step: it says what the task ends with"
            )
    for name in ("training_set", "test_set"):
        own = getattr(task, name)
        if own is not None:
            check_sequences(task, own, len(own), name)
    if kind in _held:
        return
    if task.training_set is None:
        for step in STEPS if task.takes_step else (None,):
            _check_draws(task, "sample", step)
    if task.test_set is None:
        _check_draws(task, "sample_set")
    _held.add(kind)


def _check_draws(task: Task, method: str, step: int | None = None) -> None:
    before = _read_global_states()
    first, second = (_draw(task, method, step) for _ in range(2))
    if _read_global_states() != before:
        _refuse(task, method, "must draw from the generator that it is handed, not from a global one")
    for sequences in (first, second):
        check_shapes(task, sequences, DRAWN, method)
    first, second = clear_beyond(task, first), clear_beyond(task, second)
    check_values(task, first, method)
    for name in ("inputs", "lengths", "targets"):
        if not np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True):
            rule = "must depend on the generator alone, and count no calls"
            _refuse(task, method, f"{rule}: two equal generators gave different {name}")


def _draw(task: Task, method: str, step: int | None) -> Sequences:
    at = {} if step is None else {"step": step}
    try:
        drawn: Sequences = getattr(task, method)(np.random.default_rng(0), DRAWN, **at)
    except Exception as error:  # a class of the user's own may raise anything
        where = "" if step is None else f" at step {step}"
        raised = f"must draw {DRAWN} sequences{where}, but raised {type(error).__name__}: {error}"
        _refuse(task, method, raised, error)
    return drawn


def _read_global_states() -> tuple[Any, bytes]:
    """Where the generators stand that numpy and Python share among all."""
    numpy_state: Any = np.random.get_state()  # noqa: NPY002
    return random.getstate(), numpy_state[1].tobytes() + repr(numpy_state[2:]).encode()


def check_sequences(task: Task, sequences: Sequences, n: int, method: str = "sample") -> None:
    """Check all of some sequences; see `check_shapes`."""
    check_shapes(task, sequences, n, method)
    check_values(task, clear_beyond(task, sequences), method)


def check_shapes(task: Task, sequences: Sequences, n: int, method: str = "sample") -> None:
    """Check how many sequences were drawn, how long they are, and the shapes and types of all arrays.

    Args:
        task: Whose they are.
        sequences: What it drew.
        n: How many it was to draw.
        method: By which it drew them.
    Raises:
        ValueError: if anything is not as the task says.
    """
    if not isinstance(sequences, Sequences):
        _refuse(task, method, f"must return Sequences, got {type(sequences).__name__}")
    for name, array in vars(sequences).items():
        if not isinstance(array, np.ndarray):
            _refuse(task, method, f"must return {name} as an array, got {type(array).__name__}")
    inputs, target = sequences.inputs, task.target
    steps = inputs.shape[1] if inputs.ndim > 1 else 0
    features = () if task.symbols else (task.input_size,)
    if not 1 <= steps <= task.max_length:
        _refuse(task, method, f"must return inputs of 1 to max_length={task.max_length} steps, got {inputs.shape}")
    answers = (steps,) if target.targets_every_step else ()
    numbers = target.answers.shape_targets(target.size)
    whole = ("symbols", "iu") if task.symbols else ("features", "fiub")
    answer = ("integers", "iu") if target.answers.whole else ("numbers", "fiub")
    for name, shape, (what, kinds) in (
        ("inputs", (n, steps, *features), whole),
        ("lengths", (n,), ("integers", "iu")),
        ("targets", (n, *answers, *numbers), answer),
    ):
        array = getattr(sequences, name)
        if array.shape != shape:
            _refuse(task, method, f"must return {name} of shape {shape} for n={n}, got {array.shape}")
        if array.dtype.kind not in kinds:
            _refuse(task, method, f"must return {what} as {name}, got {array.dtype}")
    least, most = int(sequences.lengths.min()), int(sequences.lengths.max())
    if not 1 <= least <= most <= steps:
        _refuse(task, method, f"must return lengths from 1 to {steps}, the steps of its inputs, got {least} to {most}")


def check_values(task: Task, sequences: Sequences, method: str = "sample") -> None:
    """Check the values of sequences whose shapes are right, and which are 0 beyond their lengths.

    Raises:
        ValueError: if anything is not as the task says.
    """
    if task.symbols:
        least, largest = (int(f(sequences.inputs)) if sequences.inputs.size else 0 for f in (np.min, np.max))
        if least < 0 or largest >= task.input_size:
            _refuse(task, method, f"must return inputs from 0 to {task.input_size - 1}, got {least} to {largest}")
    elif not np.isfinite(sequences.inputs).all():
        _refuse(task, method, "must return finite inputs")
    targets, target = sequences.targets, task.target
    if target.targets_every_step:
        asked = target.answers.find_asked(targets)
        valid = np.arange(targets.shape[1]) < sequences.lengths[:, None]
        scored = valid & (
            np.arange(targets.shape[1]) >= sequences.lengths[:, None] - target.count_scored(task.max_length)
        )
        if not (asked & scored).any(1).all():
            _refuse(task, method, "must return sequences with an answer at least, at a step that is scored")
        targets = np.where(asked.reshape(*asked.shape, *[1] * (targets.ndim - 2)), targets, 0)
    rule = target.answers.find_fault(targets, sequences.lengths, target.size)
    if rule is not None:
        _refuse(task, method, rule)


def clear_beyond(task: Task, sequences: Sequences) -> Sequences:
    """A copy with zeros beyond the lengths, where a task may leave anything."""
    inputs, targets = sequences.inputs.copy(), sequences.targets.copy()
    beyond = np.arange(inputs.shape[1]) >= sequences.lengths[:, None]
    inputs[beyond] = 0
    if task.target.targets_every_step:
        targets[beyond] = 0
    return Sequences(inputs, sequences.lengths, targets)


def _refuse(task: Task, method: str, rule: str, cause: Exception | None = None) -> NoReturn:
    raise ValueError(f"{type(task).__name__}.{method} {rule}") from cause
