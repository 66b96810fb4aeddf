"""The table as a Markdown page, with what it was made with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.rows import TITLES
from multirun_analysis.documents.table import build_columns, by_document, list_notes, name_once
from multirun_analysis.documents.together import judge
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.tables.formats import thousands
from multirun_analysis.tables.tables import Column, to_markdown

READING = (
    "*document*: what it printed. *mean*, *median*, *range*: ours, over trials. *percentile of theirs*: where among "
    "our trials the printed figure stands, 0 below all and 100 above, with its 95 % interval (Clopper-Pearson); or why "
    "it is not compared. *solved*: trials that met their task's criterion. The command stands once for the rows that "
    "it makes."
)


def write_page(findings: Sequence[Finding], sweep: Sweep, out: Path) -> str:
    """Write the page.

    Args:
        findings: Of all rows.
        sweep: Where they were found.
        out: The page's file, whose folder's `figures/` may hold pictures of the documents.
    """
    blocks = ["# The documents' figures, beside ours", READING, describe_runs(findings, sweep)]
    for document, own in by_document(findings):
        commands = Column(("command",), name_once(own, [f"`{finding.row.command}`" for finding in own]), left=True)
        blocks += [f"## {TITLES[document]}", to_markdown([*build_columns(own), commands]).rstrip("\n")]
        blocks += [found.text] if (found := judge(own)) else []
        blocks += ["\n".join(f"- {note}" for note in list_notes(own))] if list_notes(own) else []
        blocks += [f"![{TITLES[document]}]({path})" for path in _find_figures(document, out)]
    if sweep.notes:
        blocks += ["## Notes", "\n".join(f"- {note}" for note in dict.fromkeys(sweep.notes))]
    return "\n\n".join(blocks) + "\n"


def describe_runs(findings: Sequence[Finding], sweep: Sweep) -> str:
    """One paragraph: how much of the table is there, what made it, where, when, and in which time."""
    there = sum(not finding.missing for finding in findings)
    ended = sweep.trials[sweep.trials["status"].isin(FINISHED)]
    names = dict.fromkeys(name for own in sweep.jobs["versions"] for name in own)
    versions = [f"{name} {_list_once([own.get(name, '') for own in sweep.jobs['versions']])}" for name in names]
    processors = [own.get("processor", "") for own in sweep.jobs["origin"]]
    days = [own.get("written", "")[:10] for own in sweep.jobs["origin"]]
    made = [
        *([f"on {_list_once(processors)}"] if any(processors) else []),
        *([f"until {max(days)}"] if any(days) else []),
        *([f"with {', '.join(versions)}"] if versions else []),
    ]
    return (
        f"{there} of {len(findings)} rows were run: {thousands(len(ended))} trials in {thousands(len(sweep.jobs))} "
        f"jobs, {_write_duration(float(ended['wall_time_s'].sum()))} of training in all"
        f"{', ' if made else ''}{', '.join(made)}."
    )


def _list_once(texts: Sequence[str]) -> str:
    return " and ".join(text for text in dict.fromkeys(texts) if text)


def _find_figures(document: str, out: Path) -> list[str]:
    """Pictures of a document beside the page: figures/d0_*.svg."""
    name = document.lower().replace(" ", "_")
    return [path.relative_to(out.parent).as_posix() for path in sorted(out.parent.glob(f"figures/{name}_*.svg"))]


def _write_duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
