"""The answers, pictures and tables as a Markdown page, with what it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from multirun_analysis.documents.answers import ANSWERS, format_answer, format_short_answer
from multirun_analysis.documents.architectures import build_architectures
from multirun_analysis.documents.expected import Expected
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import format_printed
from multirun_analysis.documents.predictions import build_predictions
from multirun_analysis.documents.rows import SECTIONS, TITLES
from multirun_analysis.documents.table import build_columns, by_document, list_notes, name_once
from multirun_analysis.documents.together import judge
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED
from multirun_analysis.tables.formats import ABSENT, thousands
from multirun_analysis.tables.tables import Column, escape, to_markdown
from seqmem.records import visible

TITLE = "# What five documents asked of recurrent networks, and the answers"
INTRODUCTION = (
    "Five documents by students tried to make small recurrent networks remember. Each asked questions that it could "
    "not answer: most networks never learned, and every figure came from one run. Here each is run again, as it was "
    "written and with settings that work, many trials of each network, every trial with a seed of its own. A figure is "
    "the mean over trials unless it says otherwise; what a document printed is set against all of our trials."
)
READING = (
    "*document*: what it printed. *mean*, *median*, *range*: ours, over trials. *percentile of theirs*: where among "
    "our trials the printed figure stands, 0 below all and 100 above, with its 95 % interval (Clopper-Pearson); or why "
    "it is not compared. *solved*: trials that met their task's criterion."
)
FIT = (
    "Whether printed figures *fit* is one test for all of a document: a permutation test within each network, "
    "Pearson's combination of their p-values over networks (`multirun_analysis/statistics/percentile.py` has the "
    "method and its sources). Below p = .05 they do not."
)
TRIED = ("D0", "D1")  # sections that ask which architectures were tried
PREDICTIONS = ("D4",)  # sections that ask for some predictions of each network
MORE = "More widths, rates and initial weights were tried on the way to these: [search.md](search.md)."


def format_page(
    findings: Sequence[Finding], sweep: Sweep, expected: Mapping[str, Expected], pictures: Mapping[str, Sequence[str]]
) -> str:
    """Write the page.

    Args:
        findings: Of all rows.
        sweep: Where they were found.
        expected: What each row's command makes.
        pictures: The Markdown of each section's pictures.
    """
    sections = [(name, list(own)) for name, own in groupby(findings, lambda finding: finding.row.section)]
    blocks = [TITLE, INTRODUCTION, to_markdown(_build_overview(sections)).rstrip("\n"), FIT]
    for section, own in sections:
        blocks += [f"## {SECTIONS[section]}", f"**Asked.** {ANSWERS[section].asked}"]
        short, *sentences = format_answer(section, own)
        blocks += [f"**Answer.** {short}", *(["\n".join(f"- {text}" for text in sentences)] if sentences else [])]
        blocks += pictures.get(section, [])
        if section in TRIED:
            tried = to_markdown(build_architectures(own, expected)).rstrip("\n")
            blocks += ["### Architectures that were tried", tried, MORE]
        blocks += _format_tables(own)
        blocks += _format_predictions(own, sweep) if section in PREDICTIONS else []
    blocks += ["## How this page was made", READING, escape(describe_runs(findings, sweep))]
    if sweep.notes:
        blocks += ["\n".join(f"- {escape(note)}" for note in dict.fromkeys(sweep.notes))]
    return "\n\n".join(blocks) + "\n"


def _build_overview(sections: Sequence[tuple[str, Sequence[Finding]]]) -> list[Column]:
    """A row a section: the first sentence of its answer, and whether what was printed fits."""
    verdicts = [judge(own) for _, own in sections]
    return [
        Column(("document",), [f"[{SECTIONS[name]}](#{_anchor(SECTIONS[name])})" for name, _ in sections], left=True),
        Column(("in short",), [format_short_answer(name, own) for name, own in sections], left=True),
        Column(("its printed figures",), [found.short if found else "not compared" for found in verdicts], left=True),
    ]


def _anchor(title: str) -> str:
    """The name that a Markdown page gives to a heading."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter == "-")


def _format_tables(findings: Sequence[Finding]) -> list[str]:
    """Every figure of a section, folded, a table a document; what is absent for a reason has no row, but a line."""
    blocks = []
    documents = by_document(findings)
    for document, own in documents:
        shown = [finding for finding in own if not _is_absent(finding)]
        verdict = judge(own) if len(documents) > 1 else None  # of one document it ends the answer
        notes = [*([verdict.text] if verdict else []), *list_notes(shown), *_list_absent(own)]
        blocks += [
            f"<details><summary>{TITLES[document]}: all {len(own)} figures</summary>",
            *(_format_table(shown) if shown else []),
            *(["\n".join(f"- {note}" for note in notes)] if notes else []),
            "</details>",
        ]
    return blocks


def _format_table(findings: Sequence[Finding]) -> list[str]:
    columns, repeated = _drop_repeated([*build_columns(findings), _build_commands(findings)])
    lines = [*([f"In every row: {repeated}."] if repeated else []), _describe_command(findings)]
    return [" ".join(lines), to_markdown(columns).rstrip("\n")]


def _is_absent(finding: Finding) -> bool:
    return bool(finding.missing and finding.row.absent and not finding.trials)


def _list_absent(findings: Sequence[Finding]) -> list[str]:
    """What was not run for a reason, a line a reason, with the figures that were printed."""
    named: dict[str, dict[str, list[str]]] = {}
    for finding in filter(_is_absent, findings):
        printed = [f"{finding.row.label}: {format_printed(finding)}"] if finding.row.printed else []
        named.setdefault(finding.missing, {}).setdefault(finding.row.network, []).extend(printed)
    lines = []
    for why, networks in named.items():
        listed = [f"{network} (printed: {', '.join(own)})" if own else network for network, own in networks.items()]
        lines.append(f"{why[0].upper()}{why[1:]}: {'; '.join(listed)}.")
    return lines


def _format_predictions(findings: Sequence[Finding], sweep: Sweep) -> list[str]:
    """Some predictions of each network, folded."""
    columns = build_predictions(findings, sweep)
    if columns is None:
        return []
    summary = f"<details><summary>{SECTIONS[findings[0].row.section]}: some predictions of each network</summary>"
    return [summary, to_markdown(columns).rstrip("\n"), "</details>"]


def _build_commands(findings: Sequence[Finding]) -> Column:
    """What of each row's command tells it from the other rows', once a network."""
    several = len({finding.row.experiment for finding in findings}) > 1
    texts = [" ".join(finding.row.overrides) if several else finding.row.setting for finding in findings]
    return Column(("made by",), name_once(findings, [f"`{text}`" for text in texts]), left=True)


def _describe_command(findings: Sequence[Finding]) -> str:
    experiments = {finding.row.experiment for finding in findings}
    more = f" experiment={experiments.pop()}" if len(experiments) == 1 else ""
    return f"Each network is made by `python -m seqmem.train{more}` and what stands in its last column."


def _drop_repeated(columns: Sequence[Column]) -> tuple[list[Column], str]:
    """Columns without those that say the same in every row, and what those say, unless it is nothing."""
    repeated = [column for column in columns if len(column.entries) > 1 and len(set(column.entries)) == 1]
    entries = [f"{' '.join(column.header)}: {column.entries[0]}" for column in repeated if column.entries[0] != ABSENT]
    return [column for column in columns if column not in repeated], "; ".join(entries)


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
    return visible(  # results name versions and processors as they like
        f"{there} of {len(findings)} rows were run: {thousands(len(ended))} trials in {thousands(len(sweep.jobs))} "
        f"jobs, {_format_duration(float(ended['wall_time_s'].sum()))} of training in "
        f"all{', ' if made else ''}{', '.join(made)}."
    )


def _list_once(texts: Sequence[str]) -> str:
    return " and ".join(text for text in dict.fromkeys(texts) if text)


def _format_duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
