"""Tables for a LaTeX document that loads booktabs and longtable."""

from __future__ import annotations

from collections.abc import Sequence

from multirun_analysis.tables.screen import split_columns
from multirun_analysis.tables.tables import Column

SIZE = r"\footnotesize\setlength{\tabcolsep}{4pt}"
WIDTH = 88  # characters of that size that fit side by side on a page
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
    }
    | {character: f"\\{character}" for character in "&%$#_{}"}
)


def escape(text: str) -> str:
    """Write any text so that LaTeX sets it as it is."""
    return " ".join(text.split()).translate(ESCAPES)


def comment(lines: Sequence[str]) -> str:
    """Write lines that LaTeX leaves out."""
    return "".join(f"% {' '.join(line.split())}\n" for line in lines)


def to_latex(columns: Sequence[Column], caption: str) -> str:
    """Write columns as a table that may go over several pages.

    Columns that do not fit side by side are parted as on the screen, each part with the key columns.
    """
    parts = split_columns(columns, WIDTH)
    above = [[rf"\caption{{{escape(caption)}}}\\"], *([] for _ in parts[1:])]
    tables = "\n".join(_format_part(*part) for part in zip(parts, above, strict=True))
    return f"{{{SIZE}\n{tables}\n}}\n"


def _format_part(part: Sequence[Column], above: Sequence[str]) -> str:
    height = max(len(column.header) for column in part)
    headers = [("",) * (height - len(column.header)) + column.header for column in part]
    sides = "".join("l" if column.left else "r" for column in part)
    return "\n".join(
        [
            f"\\begin{{longtable}}{{{sides}}}",
            *above,
            r"\toprule",
            *map(_format_row, zip(*headers, strict=True)),
            r"\midrule",
            r"\endhead",
            *map(_format_row, zip(*(column.entries for column in part), strict=True)),
            r"\bottomrule",
            r"\end{longtable}",
        ]
    )


def _format_row(entries: Sequence[str]) -> str:
    row = " & ".join("--" if entry == "-" else escape(entry) for entry in entries) + r" \\"
    return f"{{}}{row}" if row.startswith("[") else row  # it would be an argument of the line before
