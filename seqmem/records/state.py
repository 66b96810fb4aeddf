"""What trials need to go on: `state.safetensors`, arrays and JSON, nothing that could be executed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from seqmem.records.arrays import open_arrays
from seqmem.records.files import write_whole
from seqmem.records.schema import Begun, read_json
from seqmem.training.curves import COLUMNS, Curve

STATE = "state.safetensors"
TENSOR = "tensor"  # in the JSON, {TENSOR: name} stands for an array of the file

State = Mapping[str, Any]  # arrays and JSON's values in nested dicts


def write_state(folder: Path, fingerprint: str, states: Mapping[int, State]) -> None:
    """Write the states of a job's trials, by seed."""
    tensors: dict[str, NDArray[Any]] = {}
    tree = json.dumps(_take_out({str(seed): state for seed, state in states.items()}, tensors))
    about = {"fingerprint": fingerprint, "states": tree, "sha256": _compute_digest(fingerprint, tree, tensors)}
    write_whole(folder / STATE, safetensors.numpy.save(tensors, about), lasting=False)


def read_state(folder: Path, fingerprint: str) -> dict[int, State]:
    """Read the states of a job's trials, by seed; none if there is no file.

    Raises:
        RecordError: if the file is damaged, or of another job.
    """
    path = folder / STATE
    if not path.exists():
        return {}
    with open_arrays(path) as file:
        about = file.metadata() or {}
        if about["fingerprint"] != fingerprint:
            raise ValueError(f"it is of another job, {about['fingerprint'][:12]!r}")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if about["sha256"] != _compute_digest(fingerprint, about["states"], tensors):
            raise ValueError("its checksum is wrong")
        tree = json.loads(about["states"])
        return {int(seed): _put_back(state, tensors) for seed, state in tree.items()}


def read_steps(folder: Path) -> dict[int, int]:
    """How many training steps the trials had done whose states were saved, by seed; the arrays are not read.

    Raises:
        RecordError: if the file is damaged.
    """
    path = folder / STATE
    if not path.exists():
        return {}
    with open_arrays(path) as file:
        begun = read_json((file.metadata() or {})["states"], dict[str, Begun])
        return {int(seed): state.progress.steps for seed, state in begun.items()}


def read_curves_so_far(folder: Path) -> dict[int, Curve]:
    """The curves of the trials whose states were saved, by seed; their other arrays are not read.

    Raises:
        RecordError: if the file is damaged.
    """
    path = folder / STATE
    if not path.exists():
        return {}
    with open_arrays(path) as file:
        states = json.loads((file.metadata() or {})["states"])
        names = {int(seed): state["progress"]["curve"]["points"][TENSOR] for seed, state in states.items()}
        points = {seed: file.get_tensor(name) for seed, name in names.items()}
        for own in points.values():
            if own.ndim != 2 or own.shape[1] != COLUMNS or own.dtype != np.float64 or not np.isfinite(own).all():
                raise ValueError("the points of a curve are none")
        return {seed: Curve(own) for seed, own in points.items()}


def _take_out(value: Any, tensors: dict[str, NDArray[Any]]) -> Any:
    """A copy of nested dicts with names in place of their arrays, which go to `tensors`."""
    if isinstance(value, Mapping):
        return {key: _take_out(item, tensors) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        name = str(len(tensors))
        tensors[name] = np.ascontiguousarray(value)
        return {TENSOR: name}
    return value


def _put_back(value: Any, tensors: Mapping[str, NDArray[Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {TENSOR}:
        return tensors[value[TENSOR]]
    return {key: _put_back(item, tensors) for key, item in value.items()}


def _compute_digest(fingerprint: str, tree: str, tensors: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(f"{fingerprint}\n{tree}\n".encode())
    for name in sorted(tensors, key=int):
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()
