"""What was found for each row: the setting's trials, their figures, and where among them the printed one stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from multirun_analysis.documents.expected import Expected, read_expected
from multirun_analysis.documents.measures import MEASURES, Trials, Values
from multirun_analysis.documents.rows import NEVER, Row
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.statistics.percentile import Percentile, find_percentile
from seqmem import records

FEWEST = 2  # trials: one is no spread


@dataclass(frozen=True)
class Finding:
    """A row with what stands beside it.

    missing: Why there is nothing, in words; empty if there is something.
    otherwise: What was run otherwise than the row's command does, in words; empty if nothing.
    partial: How its trials are not all that the command makes, in words; empty if they are.
    setting: The sweep's setting that it is of; None if there is nothing.
    of_seed: The figure of each trial that has one, by its seed; infinite where it never came.
    trials: How many of the setting's trials have ended.
    solved: How many of these met their task's criterion.
    """

    row: Row
    missing: str = ""
    otherwise: str = ""
    partial: str = ""
    setting: int | None = None
    of_seed: Values = field(default_factory=dict)
    trials: int = 0
    solved: int = 0

    @property
    def remark(self) -> str:
        """How this is not what the row's command makes, in words; empty if it is."""
        otherwise = f"run otherwise: {self.otherwise}" if self.otherwise else ""
        return "; ".join(filter(None, (otherwise, self.partial)))

    @property
    def name(self) -> str:
        """The row's network, and how it was run if not by the row's command."""
        return f"{self.row.network} ({self.remark})" if self.remark else self.row.network

    @property
    def values(self) -> list[float]:
        return list(self.of_seed.values())

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def median(self) -> float:
        """The middle value; of an even number the larger of the two where one never came."""
        return float(np.quantile(self.values, 0.5, method="higher" if math.inf in self.values else "linear"))

    @property
    def differs(self) -> str:
        """Why the printed figure is not compared; empty where it is, or where none was printed."""
        if not self.row.printed:
            return ""
        return self.row.differs or ("run otherwise" if self.otherwise else "")

    @property
    def matches_command(self) -> bool:
        """Whether it was run, and by the row's command."""
        return not self.missing and not self.otherwise

    @property
    def is_compared(self) -> bool:
        return bool(self.row.printed) and not self.differs and len(self.of_seed) >= FEWEST

    @property
    def printed(self) -> float:
        """The printed figure as a number."""
        return math.inf if self.row.printed == NEVER else float(self.row.printed)

    @property
    def rounded(self) -> Values:
        """The trials' figures with as many decimals as the printed one has, so that what was printed can equal them.

        A figure that was printed with fewer than two (0, 1.0) is taken as it is, to four.
        """
        decimals = len(self.row.printed.partition(".")[2])
        return {seed: round(value, decimals if decimals > 1 else 4) for seed, value in self.of_seed.items()}

    @cached_property
    def percentile(self) -> Percentile | None:
        """Where among our trials the printed figure stands; None where it is not compared."""
        return find_percentile(self.printed, list(self.rounded.values())) if self.is_compared else None


def find(rows: Sequence[Row], sweep: Sweep, expected: Mapping[str, Expected] | None = None) -> list[Finding]:
    """Look every row up in a sweep.

    A row's jobs are those of the whole setting that its command makes, whatever was typed. Where
    there is none, jobs whose overrides contain the row's are shown as what they are, something run
    otherwise; several settings are no answer.

    Args:
        rows: The rows.
        sweep: Where to look.
        expected: What each row's command makes; as `read_expected` says unless given.
    """
    known = read_expected() if expected is None else expected
    of_command = {
        row.command: _look_up(row, known[row.command], sweep) for row in {row.command: row for row in rows}.values()
    }
    return [_measure(row, *of_command[row.command]) for row in rows]


def _look_up(row: Row, expected: Expected, sweep: Sweep) -> tuple[Finding, Trials | None]:
    """What is known of all rows of a command: a finding without figures, and the trials that have them."""
    jobs = list(sweep.jobs[["setting", "config", "digest", "overrides"]].itertuples(index=False, name=None))
    differences = {setting: expected.describe_differences(config, digest) for setting, config, digest, _ in jobs}
    exact = [setting for setting, otherwise in differences.items() if not otherwise]
    settings = exact or list(dict.fromkeys(setting for setting, *_, typed in jobs if set(row.overrides) <= set(typed)))
    if not settings:
        return Finding(row, f"not run: {row.absent}" if row.absent else "not run"), None
    if len(settings) > 1:
        how = "" if exact else " (run otherwise)"
        return Finding(row, f"{len(settings)} settings fit{how}: compare them in folders of their own"), None
    ended = sweep.trials[(sweep.trials["setting"] == settings[0]) & sweep.trials["status"].isin(FINISHED)]
    if not len(ended):
        return Finding(row, "no trial is finished yet"), None
    meant = ended[ended["seed"].isin(expected.seeds)]
    kept = meant if len(meant) else ended
    return (
        Finding(
            row,
            otherwise=differences[settings[0]],
            partial=expected.describe_trials([int(seed) for seed in kept["seed"]]),
            setting=int(settings[0]),
            trials=len(kept),
            solved=int(kept["solved"].sum()),
        ),
        Trials(sweep, int(settings[0]), kept),
    )


def _measure(row: Row, common: Finding, trials: Trials | None) -> Finding:
    """The finding of one row: what is common to those of its command, with its own figures."""
    if trials is None:
        return replace(common, row=row)
    try:
        values = MEASURES[row.figure].read(trials, row.at)
    except records.RecordError as error:
        return Finding(row, str(error))
    if not values:
        return Finding(row, f"its trials have no {row.label}")
    return replace(common, row=row, of_seed=values)
