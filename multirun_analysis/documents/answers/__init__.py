"""What each document asked, in our words, and the answer, whose figures are those of the rows' trials."""

from __future__ import annotations

from collections.abc import Sequence

from multirun_analysis.documents.answers import echo, long_lag, lstm_by_hand, notebook, paper, temporal_order
from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.together import judge

ANSWERS: dict[str, Answer] = {
    "D0": long_lag.ANSWER,
    "D1": temporal_order.ANSWER,
    "D2": lstm_by_hand.ANSWER,
    "D3": echo.ANSWER,
    "D4": notebook.ANSWER,
    "1997": paper.ANSWER,
}


def format_short_answer(section: str, findings: Sequence[Finding]) -> str:
    """The answer to a section's questions in one sentence."""
    return ANSWERS[section].write_short(Facts(findings))


def format_answer(section: str, findings: Sequence[Finding]) -> list[str]:
    """The answer to a section's questions, sentence by sentence, the short one first; last whether its figures fit."""
    found = judge(findings)
    return [*ANSWERS[section].write(Facts(findings)), *([found.text] if found else [])]
