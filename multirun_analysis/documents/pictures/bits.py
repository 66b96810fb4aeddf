"""How far an adder carries: right sums against the number of bits, beyond those that it learned from."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from multirun_analysis.documents.answers.notebook import LOSSES
from multirun_analysis.documents.findings import Finding
from multirun_analysis.figures.style import COLOURS, DASHES, STYLE

TRAINED = {3: "trained on 3 bits", 8: "trained on 3 to 8 bits"}
HIDDEN = 10
APART = 1.05  # of the dots of two losses, on the log axis


def draw_bits(findings: Sequence[Finding]) -> Figure | None:
    """Draw the tests on longer numbers, a panel for what was trained on; None if there is none."""
    tests: dict[tuple[int, str], dict[int, Finding]] = {}
    for finding in findings:
        if finding.row.figure == "accuracy_in_test" and finding.of_seed and not finding.otherwise:
            values = dict(override.split("=") for override in finding.row.setting.split())
            key = (int(values["task.max_bits"]), values["loss"])
            tests.setdefault(key, {})[int(finding.row.at.removesuffix(" bits"))] = finding
    if not tests:
        return None
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.4), layout="constrained")
        axes = figure.subplots(1, len(TRAINED), sharey=True)
        for ax, (bits, title) in zip(axes, TRAINED.items(), strict=True):
            for index, (loss, name) in enumerate(LOSSES.items()):
                found = sorted(tests.get((bits, loss), {}).items())
                if not found:
                    continue
                lengths = [length for length, _ in found]
                ax.plot(
                    lengths, [own.median for _, own in found], color=COLOURS[index], linestyle=DASHES[index], label=name
                )
                for length, own in found:
                    beside = length * APART ** (index - 1)  # so that the losses' dots do not hide each other
                    ax.scatter([beside] * len(own.values), own.values, s=9, color=COLOURS[index], alpha=0.45, lw=0)
            ax.set_xscale("log")
            ax.set_xticks(sorted({length for own in tests.values() for length in own}))
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
            ax.set_title(f"LSTM {HIDDEN}, {title}")
        handles, names = axes[-1].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=len(LOSSES), fontsize=8)
        figure.supxlabel("bits of the numbers that are added; line: median over the trials, dot: a trial", fontsize=9)
        figure.supylabel("sums right in every bit", fontsize=9)
    return figure
