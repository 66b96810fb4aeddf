"""Whether the figures that a document printed are together what its protocol gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multirun_analysis.documents.findings import FEWEST, Finding
from multirun_analysis.documents.measures import MEASURES
from multirun_analysis.statistics.percentile import joint_p
from multirun_analysis.tables.formats import format_p

LEVEL = 0.05


@dataclass(frozen=True)
class Together:
    """A test of all compared figures of a document: of "each network's run is one more like ours".

    figures: How many were compared.
    networks: Of how many networks, with one run of each.
    trials: The fewest trials that one of them was held against.
    p: Of `joint_p`, in which larger means better.
    smallest: The p if every figure were beyond all of ours.
    """

    figures: int
    networks: int
    trials: int
    p: float
    smallest: float

    @property
    def short(self) -> str:
        """The verdict in a few words: `9: fit (p = .31)`."""
        verdict = "too few trials" if self.smallest > LEVEL else "fit" if self.p > LEVEL else "do not fit"
        return f"{self.figures}: {verdict} ({format_p(self.p)})"

    @property
    def text(self) -> str:
        """The verdict as a sentence."""
        figures = "the one printed figure" if self.figures == 1 else f"the {self.figures} printed figures"
        figures += " (one run of one network)" if self.networks == 1 else f" (one run each of {self.networks} networks)"
        trials = f"{self.trials} trials" if self.networks == 1 else f"at least {self.trials} trials of each"
        if self.smallest > LEVEL:
            return f"Too few to tell {figures} from another protocol's: {trials}."
        one, several = ("fits", "fit") if self.p > LEVEL else ("does not fit", "do not fit")
        verdict = f"{one if self.figures == 1 else several} the same protocol run again"
        return f"T{figures[1:]} {verdict}: {format_p(self.p)}, {trials}."


def judge(findings: Sequence[Finding]) -> Together | None:
    """Test the compared ones of some findings; None if there are none."""
    networks: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.is_compared:
            networks.setdefault((finding.row.network, finding.row.command), []).append(finding)
    pairs, figures, sizes = [], 0, []
    for own in networks.values():
        seeds = set.intersection(*(set(finding.of_seed) for finding in own))
        if len(seeds) < FEWEST:
            continue
        better = [MEASURES[finding.row.figure].better for finding in own]
        theirs = [sign * finding.printed for sign, finding in zip(better, own, strict=True)]
        ours = [
            [sign * finding.rounded[seed] for sign, finding in zip(better, own, strict=True)] for seed in sorted(seeds)
        ]
        pairs.append((theirs, ours))
        figures += len(own)
        sizes.append(len(seeds))
    if not pairs:
        return None
    beyond = [([math.inf], np.zeros((size, 1))) for size in sizes]
    return Together(figures, len(pairs), min(sizes), joint_p(pairs), joint_p(beyond))
