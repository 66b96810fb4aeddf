"""Some predictions of each network, as the fourth document lists them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from multirun_analysis.documents.findings import Finding
from multirun_analysis.frames.samples import read_samples
from multirun_analysis.frames.sweep import Sweep
from multirun_analysis.tables.tables import Column

SHOWN = 5  # sequences of each network


def build_predictions(findings: Sequence[Finding], sweep: Sweep) -> list[Column] | None:
    """A row a network that was run by its command, with what one trial of it answers to some test sequences.

    What is wrong is followed by what is right; of images only the answers are shown.
    """
    networks = {finding.setting: finding.row.network for finding in findings if finding.matches_command}
    samples = read_samples(sweep, [setting for setting in networks if setting is not None])
    of_setting = {int(str(setting)): _write(rows.head(SHOWN)) for setting, rows in samples.groupby("setting")}
    shown = [(network, of_setting[setting]) for setting, network in networks.items() if setting in of_setting]
    if not shown:
        return None
    return [
        Column(("network",), [network for network, _ in shown], left=True),
        Column(("input", "-> answer"), [text for _, text in shown], left=True),
    ]


def _write(samples: pd.DataFrame) -> str:
    lines = []
    for read, target, answer in samples[["input", "target", "prediction"]].itertuples(index=False, name=None):
        start = "" if "\n" in read else f"{read} "
        lines.append(f"{start}-> {answer}{'' if answer == target else f' (right: {target})'}")
    return "; ".join(lines)
