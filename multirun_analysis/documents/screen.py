"""The table on the screen: the rows of each setting below its network and its command."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.rows import TITLES
from multirun_analysis.documents.table import build_columns, list_notes
from multirun_analysis.documents.together import judge
from multirun_analysis.tables.screen import GAP, print_lines


def print_document(console: Console, document: str, findings: Sequence[Finding]) -> None:
    """Print the table of one document, and its notes."""
    network, *columns = build_columns(findings)
    gap = " " * GAP
    console.print(Text(f"{TITLES[document]}\n", style="bold underline"))
    lines = [tuple(" ".join(column.header) for column in columns)]
    lines += zip(*(column.entries for column in columns), strict=True)
    found = [line for line, finding in zip(lines, [None, *findings], strict=True) if not (finding and finding.missing)]
    widths = [max(len(line[index]) for line in found) for index in range(len(columns))]
    widths[:2] = [max(len(line[index]) for line in lines) for index in range(2)]
    for index, line in enumerate(lines):
        finding = findings[index - 1] if index else None
        if finding and network.entries[index - 1]:
            console.print(Text.assemble((finding.name, "bold"), (f"{gap}{finding.row.command}", "dim")))
        words = [
            word.ljust(width) if column.left else word.rjust(width)
            for word, width, column in zip(line, widths, columns, strict=True)
        ]
        if finding and finding.missing:
            words = [*words[:2], finding.missing]
        console.print(Text(gap + gap.join(words).rstrip(), style="" if finding else "bold"))
    console.print()
    together = judge(findings)
    print_lines(console, [together.text] if together else [])
    print_lines(console, list_notes(findings), style="dim")
    console.print()
