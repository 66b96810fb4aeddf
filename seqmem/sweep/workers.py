"""The contract between a sweep and who trains it elsewhere, share by share."""

from __future__ import annotations

from typing import ClassVar, Protocol

from seqmem.sweep.sweep import Sweep


class Workers(Protocol):
    """Other processes, which train the shares of a sweep.

    Attributes:
        are_here: Whether they run on this machine, whose memory and devices are theirs.
    """

    are_here: ClassVar[bool]

    def count_shares(self, sweep: Sweep) -> int:
        """Into how many shares a sweep is to be cut."""
        ...

    def run(self, sweep: Sweep) -> None:
        """Train what is left of a sweep.

        Raises:
            JobFailedError: if a job has failed, or could not be trained.
        """
        ...
