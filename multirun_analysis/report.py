"""What a sweep says, as files: written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from multirun_analysis.conclusions.family import compare
from multirun_analysis.conclusions.sentences import METHOD, conclude, explain
from multirun_analysis.figures.gallery import draw_all
from multirun_analysis.frames.settings import format_value
from multirun_analysis.frames.summary import summarise
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.frames.trials import FINISHED, LOST
from multirun_analysis.page.builder import build_page
from multirun_analysis.tables.formats import describe_no_spread, has_no_spread
from multirun_analysis.tables.latex import comment, to_latex
from multirun_analysis.tables.parquet import has_parquet, to_parquet
from multirun_analysis.tables.pivot import Pivot
from multirun_analysis.tables.tables import escape, format_comparison, format_summary, to_markdown
from seqmem.records import visible

EFFECT = (
    "Alike in keys: the settings of a pair differ in this key only; in parameters: in their width as well, so that "
    "both have about as many parameters. Effect: share of pairs of trials that the first wins minus the share that "
    "it loses."
)
METHODS = f"{EFFECT} {METHOD}"
CAPTION = (
    "Wrong predictions on the test set: mean over the trials, and the median error rate; a trial that diverged counts "
    "as all wrong. In brackets: 95 % intervals, by Wilson's formula for solved trials and by order statistics for the "
    "median. Sequences to criterion: Kaplan-Meier median."
)
KINDS = ("svg", "pdf", "png")  # of files a figure
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # what one begins with, wide forms included
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def build_report(
    sweep: Sweep,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    conclusions: Sequence[str],
    pivots: Sequence[Pivot] = (),
    on_figure: Callable[[str], None] = lambda name: None,
) -> dict[str, bytes]:
    """Build the content of every file of a report, by name.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
        comparisons: What `compare` gave.
        conclusions: What `conclude` gave.
        pivots: What `pivot` gave.
        on_figure: Called with the name of each figure, before it is written.
    """
    figures = _draw(sweep, summary, comparisons, on_figure)  # first: what cannot be drawn is noted on the page
    explained = explain(comparisons)
    page = build_page(sweep, summary, explained, conclusions, pivots, figures, describe(sweep, summary), METHODS)
    return {"report.html": page} | build_tables(sweep, summary, comparisons, conclusions, pivots) | figures


def build_live_page(sweep: Sweep, live: str | None) -> bytes:
    """Build the page alone, of a sweep that may be under way.

    Args:
        sweep: What `read_sweep` gave.
        live: How far it has come, for a page that reads itself anew; None if it has ended.
    """
    summary = summarise(sweep)
    has_results = bool(sweep.trials["status"].isin(FINISHED).any())
    comparisons = compare(sweep) if has_results else pd.DataFrame()
    conclusions = conclude(sweep, summary, comparisons) if has_results else []
    figures = _draw(sweep, summary, comparisons, lambda name: None, kinds=("svg",))
    explained = explain(comparisons) if has_results else comparisons
    about = describe(sweep, summary)
    return build_page(sweep, summary, explained, conclusions, [], figures, about, METHODS, live)


def build_tables(
    sweep: Sweep,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    conclusions: Sequence[str],
    pivots: Sequence[Pivot] = (),
) -> dict[str, bytes]:
    """Build those files of a report that need no figures, which take longer than all the rest; as `build_report`."""
    explained = explain(comparisons)
    files = {
        "tables.md": _format_page(sweep, summary, explained, conclusions, pivots).encode(),
        "tables.tex": _format_latex(sweep, summary, explained, pivots).encode(),
    }
    frames = {"summary": summary.drop(columns=[name for name in LOST if not summary[name].any()])}
    frames |= {"trials": sweep.trials} | ({"comparisons": explained} if len(explained) else {})
    files |= {f"{name}.csv": to_csv(frame) for name, frame in frames.items()}
    if has_parquet():
        files |= {f"{name}.parquet": to_parquet(frame) for name, frame in frames.items()}
    return files


def describe(sweep: Sweep, summary: pd.DataFrame) -> list[str]:
    """What a table of all settings does not show: shared keys, those that come with others, what words mean."""
    return [line for line in (describe_constants(sweep), *describe_followers(sweep), *describe_words(summary)) if line]


def describe_words(summary: pd.DataFrame) -> list[str]:
    """What a table's words mean, where they need saying."""
    alike = [row["trials"] for row in summary.to_dict("records") if has_no_spread(row)]
    lines = [describe_no_spread(min(alike))] if alike else []
    return [*lines, "Seconds depend on the machine's load."] if summary["seconds"].notna().any() else lines


def describe_constants(sweep: Sweep) -> str:
    """One line on what all settings share."""
    parts = [f"{key}={format_value(value)}" for key, value in sweep.constants.items()]
    return f"The same in every row: {', '.join(parts)}." if parts else ""


def describe_followers(sweep: Sweep) -> list[str]:
    """A line for each key that brings values of others with it, beyond those that only it has."""
    brought: dict[str, list[str]] = {}
    for key, leader in sweep.followers.items():
        if len(sweep.settings[key].dropna().unique()) > 1:
            brought.setdefault(leader, []).append(key)
    return [f"Differ with {leader}: {', '.join(keys)} (see summary.csv)." for leader, keys in brought.items()]


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a frame as CSV, numbers with ten digits at most, truth in lower case, and no text as a formula."""
    written = frame.copy()
    for column in written.columns[written.dtypes == "boolean"]:
        written[column] = written[column].map({True: "true", False: "false"})
    for column in written.columns[[not is_numeric_dtype(kind) for kind in written.dtypes]]:
        written[column] = written[column].map(_defuse)
    return written.rename(columns=_defuse).to_csv(index=False, float_format="%.10g").encode()


def _defuse(entry: Any) -> Any:
    """A text that a spreadsheet takes for no formula, and a terminal for no command; anything else stays."""
    if not isinstance(entry, str):
        return entry
    shown = visible(entry)
    return f"'{shown}" if shown.startswith(FORMULA) and not NUMBER.fullmatch(shown) else shown


def _format_page(
    sweep: Sweep,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    conclusions: Sequence[str],
    pivots: Sequence[Pivot],
) -> str:
    blocks = ["# Conclusions", "\n".join(f"- {escape(line)}" for line in conclusions)] if conclusions else []
    blocks += ["# Results", to_markdown(format_summary(sweep, summary)).rstrip("\n")]
    blocks += map(escape, describe(sweep, summary))
    for table in pivots:
        title = escape(f"{table.title[0].upper()}{table.title[1:]}")
        blocks += [f"## {title}", to_markdown(table.columns).rstrip("\n")]
    if len(comparisons):
        blocks += ["## Comparisons", to_markdown(format_comparison(comparisons)).rstrip("\n"), METHODS]
    if sweep.notes:
        blocks += ["## Notes", "\n".join(f"- {escape(note)}" for note in sweep.notes)]
    return "\n\n".join(blocks) + "\n"


def _format_latex(sweep: Sweep, summary: pd.DataFrame, comparisons: pd.DataFrame, pivots: Sequence[Pivot]) -> str:
    usage = r"In the preamble: \usepackage{booktabs,longtable}; where the tables shall stand: \input{tables}"
    tables = [to_latex(format_summary(sweep, summary), " ".join([CAPTION, *describe(sweep, summary)]))]
    tables += [to_latex(table.columns, f"{table.title[0].upper()}{table.title[1:]}.") for table in pivots]
    if len(comparisons):
        tables.append(to_latex(format_comparison(comparisons), f"Comparisons. {METHODS}"))
    return "\n".join([comment([usage, *sweep.notes]), *tables])


def _draw(
    sweep: Sweep,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    on_figure: Callable[[str], None],
    kinds: Sequence[str] = KINDS,
) -> dict[str, bytes]:
    from multirun_analysis.figures.style import save

    files: dict[str, bytes] = {}
    for name, figure in draw_all(sweep, summary, comparisons):
        on_figure(name)
        files |= {f"{name}.{kind}": content for kind, content in save(figure, kinds).items()}
    return files
