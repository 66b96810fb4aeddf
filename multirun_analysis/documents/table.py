"""Findings as columns of text, one table a document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from multirun_analysis.cells import ABSENT, short
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.measures import MEASURES
from multirun_analysis.documents.rows import NEVER
from multirun_analysis.tables import Column

WITHIN = {True: "yes", False: "no", None: ABSENT}


def by_document(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """The findings of each document, in the order of the rows."""
    return [(name, list(group)) for name, group in groupby(findings, lambda finding: finding.row.document)]


def build_columns(findings: Sequence[Finding]) -> list[Column]:
    """What stands in a table: a row a finding; the network stands in the first of its rows only."""
    return [
        Column(("network",), name_once(findings, [finding.row.network for finding in findings]), left=True),
        Column(("figure",), [finding.row.label for finding in findings], left=True),
        Column(("document",), [_write_printed(finding) for finding in findings]),
        Column(("mean",), [finding.missing or _write(finding, "mean") for finding in findings]),
        Column(("median",), [ABSENT if finding.missing else _write(finding, "median") for finding in findings]),
        Column(("range",), [_write_range(finding) for finding in findings]),
        Column(("theirs", "within"), [WITHIN[finding.within] for finding in findings], left=True),
        Column(("solved",), [_write_solved(finding) for finding in findings]),
        Column(("wrong, mean",), [_write_wrong(finding) for finding in findings]),
    ]


def name_once(findings: Sequence[Finding], texts: Sequence[str]) -> list[str]:
    """Texts of findings, each in the first row of its point only."""
    points = [(finding.row.network, finding.row.command) for finding in findings]
    return [text if not place or points[place] != points[place - 1] else "" for place, text in enumerate(texts)]


def _write_printed(finding: Finding) -> str:
    printed = finding.row.printed
    if printed in ("", NEVER):
        return printed or ABSENT
    return MEASURES[finding.row.figure].write(float(printed))


def _write(finding: Finding, name: str) -> str:
    """The mean or the median of what was found; a mean of what never came is none."""
    value = getattr(finding, name)
    return ABSENT if name == "mean" and math.isinf(value) else MEASURES[finding.row.figure].write(value)


def _write_range(finding: Finding) -> str:
    if finding.missing:
        return ABSENT
    write = MEASURES[finding.row.figure].write
    low, high = write(min(finding.values)), write(max(finding.values))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _write_solved(finding: Finding) -> str:
    return ABSENT if finding.missing else f"{finding.solved} of {finding.trials}"


def _write_wrong(finding: Finding) -> str:
    if finding.missing or math.isnan(finding.wrong):
        return ABSENT
    return f"{short(finding.wrong)} of {finding.test_sequences}"


def list_notes(findings: Sequence[Finding]) -> list[str]:
    """What a reader has to know of some rows, each once."""
    return list(dict.fromkeys(finding.row.note for finding in findings if finding.row.note))
