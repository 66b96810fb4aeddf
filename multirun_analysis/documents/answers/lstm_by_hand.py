"""D2: an LSTM written by hand."""

from __future__ import annotations

from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts, format_each, format_standing
from multirun_analysis.documents.formats import format_printed

MOST_UNTRAINED = 0.6505  # all parameters at 1
STILL = "model.num_cells=1 hidden=1 optimizer.lr=1e-12"
LEARNING = {
    "one cell": "model.num_cells=1 hidden=1 optimizer.lr=0.001",
    "two layers of one": "model.num_cells=1 hidden=[1,1] optimizer.lr=0.001",
    "two cells in a row": "model.num_cells=2 hidden=1 optimizer.lr=0.001",
    "two layers of two in a row": "model.num_cells=2 hidden=[1,1] optimizer.lr=0.001",
}

ASKED = (
    "Can an LSTM be written from its equations alone, cell by cell, and learn to answer two zeros by 0 and two ones by "
    "1? The document trains for 10,000 epochs and prints the same two outputs before and after."
)


def _short(facts: Facts) -> str:
    return (
        "Yes, once gradients reach its parameters; trials in which both answers come within .05: "
        f"{facts.format_solved(LEARNING)}."
    )


def _answers(facts: Facts) -> str:
    answers = {
        name: [facts(setting).mean("answer", target) for target in ("0", "1")] for name, setting in LEARNING.items()
    }
    each = format_each({name: f"{zero} and {one}" for name, (zero, one) in answers.items()})
    return f"The answers for 0 and 1 after training, on average: {each}."


def _bound(facts: Facts) -> str:
    ones = facts(LEARNING["one cell"]).figure("answer", "1")
    return (
        "One cell cannot reach 1: its memory grows by less than 1 a step, so that after two steps the output is below "
        f"tanh 2 = 0.964; the largest of ours is {max(ones.values):.4f}."
    )


def _still(facts: Facts) -> str:
    zero, one = (facts(STILL).figure("answer", target) for target in ("0", "1"))
    return (
        "In the document nothing changes, because its optimizer holds copies of the parameters that no gradient "
        f"reaches; its outputs are those of one random draw (for 0: {format_standing(zero)}; for 1: "
        f"{format_standing(one)})."
    )


def _earlier(facts: Facts) -> str:
    zero = facts(STILL).figure("residual", "0")
    return (
        f"The residuals of an earlier run that it prints ({format_printed(zero)} for 0) are not one cell's, whose "
        f"answer to zeros is {MOST_UNTRAINED} at most with parameters from 0 to 1 (the largest of ours: "
        f"{max(zero.values):.4f})."
    )


ANSWER = Answer(ASKED, _short, [_answers, _bound, _still, _earlier])
