"""What a sweep does about what it finds and what goes wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from seqmem.records import tensorboard
from seqmem.sweep.shards import Shard

Retry = Literal["none", "failed", "all"]
MOST_LOOSE = 1_000  # settings of a sweep whose files are not packed unless that is asked for


@dataclass(frozen=True)
class Policy:
    """How a sweep is run; none of it can change a trial's numbers.

    Args:
        retry: What is trained anew although it has ended: `none`, `failed` jobs, or `all`.
        fail_fast: Whether the sweep ends with the first job that fails.
        save_every: Seconds between two saves of the trials that are being trained, more only where
            a save takes over a tenth of that; 0 for after every round.
        tensorboard: Whether the curves of trials are written for TensorBoard too.
        take_over: Whether jobs that another process holds are taken over; only for processes that
            run no more, on another machine: those of this one are found out without.
        shard: Which share of the sweep's settings is trained: `3/16` for the third of sixteen; None for all.
        pack: Whether the files of a job that is done are packed into one, all but its result.json; None to do so
            in sweeps of more than 1,000 settings.
    Raises:
        ValueError: if a value is out of range, or there is no TensorBoard here.
    """

    retry: Retry = "none"
    fail_fast: bool = False
    save_every: float = 30.0
    tensorboard: bool = False
    take_over: bool = False
    shard: Any = None
    pack: bool | None = None

    def __post_init__(self) -> None:
        if self.retry not in get_args(Retry):
            raise ValueError(f"retry must be one of {', '.join(get_args(Retry))}, got {self.retry}")
        if not (math.isfinite(self.save_every) and self.save_every >= 0):
            raise ValueError(f"save_every must be a number of seconds, at least 0, got {self.save_every:g}")
        if self.shard is not None:
            Shard.read(str(self.shard))
        if self.tensorboard and not tensorboard.is_installed():
            raise ValueError("tensorboard=true needs TensorBoard: pip install 'seqmem[tensorboard]', or leave it out")

    def packs(self, num_settings: int) -> bool:
        """Whether the files of a sweep's jobs are packed.

        Args:
            num_settings: How many settings the sweep has, all its shares together.
        """
        return num_settings > MOST_LOOSE if self.pack is None else self.pack
