"""`report.html`: what a sweep says, in one file that needs no other.

Whatever comes from a job folder is text that somebody else wrote: the template escapes all of
it, and the page's policy lets nothing run but its own script and loads nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.page.details import MOST_SETTINGS, TRIAL, collect_details
from multirun_analysis.page.overview import count_statuses, format_title, list_facts
from multirun_analysis.page.pictures import Picture, embed_figures, pair_up
from multirun_analysis.page.table import Table, draw_errors, drop_shared_keys, lay_out
from multirun_analysis.tables.formats import thousands
from multirun_analysis.tables.pivot import Pivot
from multirun_analysis.tables.tables import Column, format_comparison, format_summary

FOLDER = Path(__file__).parent  # of the template, the style and the script
SCRIPTS = ("page.js", "figures.js", "start.js")  # one after the other
MOST_COMPARISONS = 1000
RELOAD_S = 10  # between two readings of a page whose sweep is under way


def build_page(
    sweep: Sweep,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    conclusions: Sequence[str],
    pivots: Sequence[Pivot],
    figures: Mapping[str, bytes],
    about: Sequence[str],
    method: str,
    live: str | None = None,
) -> bytes:
    """Build the page.

    Args:
        sweep: What `read_sweep` gave.
        summary: What `summarise` gave.
        comparisons: What `explain` gave.
        conclusions: What `conclude` gave.
        pivots: What `pivot` gave.
        figures: The files of each figure, `<name>.svg` and `<name>.png`.
        about: Lines on what the table does not show.
        method: What the figures of comparisons are, in words.
        live: How far a sweep has come that is under way; its page reads itself anew.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    environment.filters["thousands"] = thousands
    details = collect_details(sweep)  # first: what cannot be read is noted on the page
    pictures = pair_up(embed_figures(figures))
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    script = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    page = environment.get_template(
        "page.html"
    ).render(
        style=Markup(style),  # noqa: S704  # the project's own
        script=Markup(script),  # noqa: S704
        policy=_format_policy(style, script),
        title=format_title(sweep),
        statuses=count_statuses(sweep.trials["status"]),
        facts=list_facts(sweep),
        conclusions=[split_line(line, pictures) for line in conclusions],
        live=live,
        reload_s=RELOAD_S,
        method=method if len(comparisons) else "",
        table=draw_errors(lay_out(drop_shared_keys(format_summary(sweep, summary))), summary),
        about=about,
        pivots=[(f"{table.title[0].upper()}{table.title[1:]}", lay_out(table.columns)) for table in pivots],
        pictures=pictures,
        comparisons=_lay_out_comparisons(comparisons) if len(comparisons) else None,
        left_out=len(comparisons) - MOST_COMPARISONS,
        notes=sweep.notes,
        data={"settings": details, "trial": TRIAL},
        opened=MOST_SETTINGS,
    )
    return page.encode(errors="replace")  # JSON may hold halves of a pair that are no text


def split_line(line: str, pictures: Sequence[Picture]) -> tuple[str, str, str]:
    """A conclusion up to the first figure that it names, the figure, and the rest; whole where it is not there."""
    before, mark, rest = line.partition(" (figure ")
    name, _, after = rest.partition(")")
    return (f"{before}{mark}", name, f"){after}") if any(name == own.name for own in pictures) else (line, "", "")


def _format_policy(style: str, script: str) -> str:
    """Nothing is loaded, and no style or script is used but those with these hashes."""
    style_hash, script_hash = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in (style, script))
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _lay_out_comparisons(comparisons: pd.DataFrame) -> Table:
    """The first comparisons in numbers and words."""
    shown = comparisons[:MOST_COMPARISONS]
    return lay_out([*format_comparison(shown), Column(("conclusion",), list(shown["text"]), left=True)])
