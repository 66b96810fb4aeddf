"""How a finding's figures read, in a table's cell or in a sentence."""

from __future__ import annotations

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.measures import MEASURES
from multirun_analysis.documents.rows import NEVER
from multirun_analysis.statistics.percentile import Percentile


def write(finding: Finding, value: float) -> str:
    """A value as the finding's measure writes it."""
    return MEASURES[finding.row.figure].write(value)


def format_range(finding: Finding) -> str:
    """Its trials' smallest and largest: `11,232 to 21,632`; one value where all are the same."""
    low, high = write(finding, min(finding.values)), write(finding, max(finding.values))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def format_printed(finding: Finding) -> str:
    """What the document printed, or nothing."""
    printed = finding.row.printed
    return printed if printed in ("", NEVER) else write(finding, float(printed))


def format_percentile(percentile: Percentile) -> str:
    """A percentile and its interval: `84 [71, 93]`; where no trial differs from what was printed, that."""
    if percentile.equal == 1:
        return "equal in all"
    share, low, high = (round(100 * value) for value in (percentile.share, percentile.low, percentile.high))
    return f"{share} [{low}, {high}]"
