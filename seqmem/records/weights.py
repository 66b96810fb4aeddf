"""The weights of a job's trials: `weights.safetensors`, named as torch.nn names them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from seqmem.records.arrays import open_arrays
from seqmem.records.files import RecordError, write_whole
from seqmem.training.outcome import Outcome

WEIGHTS = "weights.safetensors"
MOST_WEIGHTS = 2**32  # of one trial


def write_weights(folder: Path, outcomes: Sequence[Outcome], kept: Collection[int] = ()) -> None:
    """Write trials' weights, as `<trial>.<name>`, beside those of the trials `kept`, which are there already."""
    weights = {outcome.result.trial: outcome.weights for outcome in outcomes}
    weights |= {trial: read_weights(folder, trial) for trial in kept}
    named = {f"{trial}.{name}": value for trial in sorted(weights) for name, value in weights[trial].items()}
    write_whole(folder / WEIGHTS, safetensors.numpy.save(named))


def read_weights(folder: Path, trial: int) -> dict[str, NDArray[np.float32]]:
    """Read one trial's weights, named as torch.nn names them.

    Raises:
        RecordError: if the file is missing or damaged, or holds no such trial.
    """
    path = folder / WEIGHTS
    prefix = f"{trial}."
    with open_arrays(path) as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
        _check_sizes(file, names)
        weights = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    if not weights:
        raise RecordError(f"{path} holds no trial {trial}")
    return weights


def _check_sizes(file: Any, names: Sequence[str]) -> None:
    """Check that arrays are numbers of 32 bits, and not more than a network has, before they are read."""
    arrays = [file.get_slice(name) for name in names]
    if dtypes := {array.get_dtype() for array in arrays} - {"F32"}:
        raise ValueError(f"weights are {', '.join(sorted(dtypes))}, not F32")
    numbers = sum(math.prod(array.get_shape()) for array in arrays)
    if numbers > MOST_WEIGHTS:
        raise ValueError(f"a trial has {numbers:,} weights, more than {MOST_WEIGHTS:,}")
