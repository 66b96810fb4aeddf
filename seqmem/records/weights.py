"""The weights of a job's trials: `weights.safetensors`, named as torch.nn names them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from seqmem.records.files import RecordError, describe_damage, write_whole
from seqmem.training.outcome import Outcome

WEIGHTS = "weights.safetensors"


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
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            weights = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except (OSError, safetensors.SafetensorError) as error:
        raise describe_damage(path, error) from None
    if not weights:
        raise RecordError(f"{path} holds no trial {trial}")
    return weights
