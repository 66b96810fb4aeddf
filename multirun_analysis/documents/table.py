"""Findings as columns of text, one table a document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import format_percentile, format_printed, format_range, write
from multirun_analysis.tables.formats import ABSENT
from multirun_analysis.tables.tables import Column


def by_document(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """The findings of each document, in the order of the rows."""
    return [(name, list(group)) for name, group in groupby(findings, lambda finding: finding.row.document)]


def build_columns(findings: Sequence[Finding]) -> list[Column]:
    """What stands in a table: a row a finding; what is the same for a whole network stands in its first row only."""
    return [
        Column(("network",), name_once(findings, [finding.name for finding in findings]), left=True),
        Column(("figure",), [finding.row.label for finding in findings], left=True),
        Column(("document",), [format_printed(finding) or ABSENT for finding in findings]),
        Column(("mean",), [finding.missing or _format_average(finding, "mean") for finding in findings]),
        Column(
            ("median",), [ABSENT if finding.missing else _format_average(finding, "median") for finding in findings]
        ),
        Column(("range",), [ABSENT if finding.missing else format_range(finding) for finding in findings]),
        Column(("percentile", "of theirs"), [_format_compared(finding) for finding in findings], left=True),
        Column(("solved",), name_once(findings, [_format_solved(finding) for finding in findings])),
    ]


def name_once(findings: Sequence[Finding], texts: Sequence[str]) -> list[str]:
    """Texts of findings, each in the first row of its setting only."""
    settings = [(finding.row.network, finding.row.command) for finding in findings]
    return [text if not index or settings[index] != settings[index - 1] else "" for index, text in enumerate(texts)]


def _format_average(finding: Finding, name: str) -> str:
    """The mean or the median of what was found; a mean of what never came is none."""
    value = getattr(finding, name)
    return ABSENT if name == "mean" and math.isinf(value) else write(finding, value)


def _format_compared(finding: Finding) -> str:
    """Where the printed figure stands, or why it is not compared: `84 [71, 93]`, `- (another loss)`."""
    if finding.percentile is None:
        return f"{ABSENT} ({finding.differs})" if finding.differs else ABSENT
    return format_percentile(finding.percentile)


def _format_solved(finding: Finding) -> str:
    return ABSENT if finding.missing else f"{finding.solved} of {finding.trials}"


def list_notes(findings: Sequence[Finding]) -> list[str]:
    """What a reader has to know of some rows, each once."""
    return list(dict.fromkeys(finding.row.note for finding in findings if finding.row.note))
