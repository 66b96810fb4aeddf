"""What was measured, as parts of sentences: every figure in an answer comes from a row's trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import format_percentile, format_printed, format_range, write


class NotRunError(LookupError):
    """A network that a sentence is about was not run, or not by its row's command."""


@dataclass(frozen=True)
class Network:
    """The findings of one setting."""

    findings: Sequence[Finding]

    def figure(self, name: str, at: str = "") -> Finding:
        """The finding of a measure.

        Raises:
            NotRunError: if there is none, or what was run is not what the row tells.
            KeyError: if no row asks for it.
        """
        for finding in self.findings:
            if (finding.row.figure, finding.row.at) == (name, at):
                if finding.missing or finding.otherwise:
                    raise NotRunError(finding.row.network)
                return finding
        raise KeyError(f"{self.findings[0].row.command} has no row of {name} {at}".rstrip())

    @property
    def first(self) -> Finding:
        """Any finding, for what all share: the trials, and how many were solved."""
        row = self.findings[0].row
        return self.figure(row.figure, row.at)

    @property
    def share(self) -> float:
        """Share of the trials that met the criterion."""
        return self.first.solved / self.first.trials

    @property
    def solved(self) -> str:
        """`50 of 50`."""
        return f"{self.first.solved} of {self.first.trials}"

    @property
    def wrong(self) -> str:
        """Wrong predictions: `0 in every trial`, `0.3 on average, 4 at most`."""
        found = self.figure("wrong")
        if max(found.values) == min(found.values):
            return f"{write(found, found.mean)} in every trial"
        return f"{write(found, found.mean)} on average, {write(found, max(found.values))} at most"

    @property
    def sequences(self) -> str:
        """Training sequences until solved, median and range: `12,080 (11,232 to 21,632)`, `never`."""
        found = self.figure("sequences_to_criterion")
        median, both = write(found, found.median), format_range(found)
        return median if median == both else f"{median} ({both})"

    def mean(self, name: str, at: str = "") -> str:
        """The mean of a figure over the trials, as its measure writes it."""
        found = self.figure(name, at)
        return write(found, found.mean)

    def median(self, name: str, at: str = "") -> str:
        """The median of a figure over the trials."""
        found = self.figure(name, at)
        return write(found, found.median)


class Facts:
    """The findings of one section, by setting."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.networks: dict[str, list[Finding]] = {}
        for finding in findings:
            self.networks.setdefault(finding.row.setting, []).append(finding)

    def __call__(self, setting: str) -> Network:
        """The network of a setting.

        Raises:
            KeyError: if no row is about it.
        """
        return Network(self.networks[setting])

    def format_solved(self, settings: Mapping[str, str]) -> str:
        """How many trials of some networks, by name, met their criterion: `LSTM 49 of 50, GRU and IRNN 50 of 50`."""
        return format_each({name: self(setting).solved for name, setting in settings.items()})


def format_standing(finding: Finding) -> str:
    """What was printed and where it stands: `.2411, percentile 38 [25, 53]`."""
    percentile = finding.percentile
    where = finding.differs or "too few trials" if percentile is None else format_percentile(percentile)
    return f"{format_printed(finding)}, {'' if percentile is None or percentile.equal == 1 else 'percentile '}{where}"


def format_each(texts: Mapping[str, str], between: str = ", ") -> str:
    """Names with their texts, those of the same text together: `LSTM 49 of 50, GRU and IRNN 50 of 50`."""
    names: dict[str, list[str]] = {}
    for name, text in texts.items():
        names.setdefault(text, []).append(name)
    return between.join(f"{join(own)} {text}" for text, own in names.items())


def join_shares(texts: Sequence[str]) -> str:
    """`13.66, 34.26 and 58.50 %`."""
    return f"{join([text.removesuffix(' %') for text in texts])} %"


def join(texts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
