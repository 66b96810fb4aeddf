"""What other files show of the page: blocks between `<!-- compare: NAME -->` and `<!-- end -->`, written anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from multirun_analysis.documents.answers import format_short_answer, long_lag, temporal_order
from multirun_analysis.documents.answers.facts import Facts, Network, NotRunError
from multirun_analysis.documents.answers.notebook import CELLS, SIZES, name_recall
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import format_percentile, format_printed, format_range, write
from multirun_analysis.documents.rows import SECTIONS
from multirun_analysis.frames.jobs import AnalysisError
from multirun_analysis.tables.formats import ABSENT
from multirun_analysis.tables.tables import Column, to_markdown

BLOCK = re.compile(r"(<!-- compare: (\S+) -->\n).*?(<!-- end -->|(?=<!-- compare: )|\Z)", re.DOTALL)
RECIPES = [
    *long_lag.SOLVING.values(),
    *long_lag.DEFAULT.values(),
    *temporal_order.ALONE.values(),
    *temporal_order.ATTENTIVE.values(),
    *temporal_order.DEFAULT.values(),
]


def fill(text: str, findings: Sequence[Finding], name: str) -> str:
    """Write the blocks of a text anew.

    Args:
        text: Of a Markdown file.
        findings: Of all rows.
        name: What messages call the file.
    Raises:
        AnalysisError: if it has no block, one that is not known, or one that does not end.
    """
    if not BLOCK.search(text):
        raise AnalysisError(f"{name} has no block such as <!-- compare: recipes -->; choose {', '.join(BLOCKS)}")

    def replace(found: re.Match[str]) -> str:
        start, block, end = found.groups()
        if block not in BLOCKS:
            raise AnalysisError(f"{name}: {block} is no block; choose {', '.join(BLOCKS)}")
        if not end:
            raise AnalysisError(f"{name}: the block {block} has no <!-- end -->")
        return f"{start}{BLOCKS[block](findings)}\n{end}"

    return BLOCK.sub(replace, text)


def _format_answers(findings: Sequence[Finding]) -> str:
    """The short answer of each document, a line each."""
    own = {section: [finding for finding in findings if finding.row.section == section] for section in SECTIONS}
    lines = [
        f"- **{SECTIONS[name]}.** {format_short_answer(name, found)}" for name, found in own.items() if name[0] == "D"
    ]
    return "\n".join(lines)


def _format_recipes(findings: Sequence[Finding]) -> str:
    """What each recipe came to."""
    facts = Facts([finding for finding in findings if finding.row.document in ("D0", "D1")])
    networks = [facts(setting) for setting in RECIPES]
    facts_of: dict[str, Callable[[Network], str]] = {
        "solved": lambda network: network.solved,
        "wrong of 3,000": lambda network: network.wrong,
        "sequences until solved": lambda network: network.sequences,
    }
    columns = [Column(("`python -m seqmem.train` ..",), [_name(network) for network in networks], left=True)]
    columns += [
        Column((head,), [_say(say, network) for network in networks], left=True) for head, say in facts_of.items()
    ]
    return to_markdown(columns).rstrip("\n")


def _name(network: Network) -> str:
    return f"`{' '.join(network.findings[0].row.overrides)}`"


def _say(say: Callable[[Network], str], network: Network) -> str:
    """A fact about a network, or that there is none."""
    try:
        return say(network)
    except NotRunError:
        return ABSENT


def _format_recall(findings: Sequence[Finding]) -> str:
    """The notebook's figures of recall, and ours."""
    facts = Facts([finding for finding in findings if finding.row.document == "D4 recall"])
    networks = {f"{entry} {size}": facts(name_recall(entry, size)) for entry in CELLS for size in SIZES}
    lines: dict[str, Callable[[Finding], str]] = {
        "notebook": format_printed,
        "seqmem": lambda found: write(found, found.mean),
        "range": format_range,
        "percentile": lambda found: ABSENT if found.percentile is None else format_percentile(found.percentile),
    }
    columns = [Column(("accuracy in %",), list(lines), left=True)]
    for name, network in networks.items():
        try:
            found = network.figure("mean_test_accuracy")
            entries = [say(found).removesuffix(" %") for say in lines.values()]
        except NotRunError:
            entries = [ABSENT] * len(lines)
        columns.append(Column((name,), entries))
    return to_markdown(columns).rstrip("\n")


BLOCKS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "answers": _format_answers,
    "recipes": _format_recipes,
    "recall": _format_recall,
}
