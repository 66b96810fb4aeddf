"""The rows of the table: what a document printed, and the setting and figure that answer it."""

from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass
from pathlib import Path

ROWS = Path(__file__).with_name("rows.csv")
TITLES = {
    "D0": "D0: the long time lag",
    "D1": "D1: the order of three symbols",
    "D2": "D2: an LSTM written by hand",
    "D3": "D3: echo",
    "D4 digits": "D4: digits by rows",
    "D4 recall": "D4: recall at an index",
    "D4 addition": "D4: binary addition",
    "1997": "Hochreiter & Schmidhuber 1997",
}
# What the documents of one student, told by the first word of their names, are together.
SECTIONS = {name.partition(" ")[0]: title for name, title in TITLES.items()} | {"D4": "D4: digits, recall and addition"}
NEVER = "never"


@dataclass(frozen=True)
class Row:
    """One figure of the table.

    document: A key of TITLES.
    network: What the figure is of, in words; the same for all figures of one run. Two runs of one
        setting that a document printed have two names.
    experiment: Its option in `conf/experiment/`.
    setting: The overrides that tell the setting from the others of its experiment.
    label: What the figure is, in words.
    figure: A key of `measures.MEASURES`.
    at: Where or of what it is measured, as the measure has it; may be empty.
    printed: What the document printed, as a number, `never`, or nothing.
    differs: How the printed figure was come by otherwise than the setting's, so that it is not
        compared; empty if as the setting's.
    absent: Why the setting may not have been run; may be empty.
    note: What a reader has to know of the row; may be empty.
    """

    document: str
    network: str
    experiment: str
    setting: str
    label: str
    figure: str
    at: str
    printed: str
    differs: str
    absent: str
    note: str

    @property
    def section(self) -> str:
        """A key of SECTIONS."""
        return self.document.partition(" ")[0]

    @property
    def overrides(self) -> list[str]:
        """What the overrides of the setting's jobs contain."""
        return [f"experiment={self.experiment}", *self.setting.split()]

    @property
    def command(self) -> str:
        """The command that trains the setting."""
        return f"python -m seqmem.train {shlex.join(self.overrides)}"


def read_rows() -> list[Row]:
    """Read the rows of all documents, in the order of the table."""
    with ROWS.open(newline="", encoding="utf-8") as file:
        return [Row(**row) for row in csv.DictReader(file)]
