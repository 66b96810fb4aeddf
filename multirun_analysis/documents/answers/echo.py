"""D3: echo."""

from __future__ import annotations

from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts, join
from multirun_analysis.documents.formats import format_printed

RECIPES = {"(a)": "echo_rnn_bare_summed", "(b)": "echo_rnn_bare", "(c)": "echo_rnn", "(d)": "echo_bilstm"}
SHORT = {name: f"recipe={recipe} max_sequences=15" for name, recipe in RECIPES.items()}
LONG = {name: f"recipe={recipe} max_sequences=100" for name, recipe in RECIPES.items()}

ASKED = (
    "Can a network learn to answer the letters of hello by those of ohlol, one by one, in 15 epochs of one sequence "
    "each? Four are tried: an RNN whose four hidden units are the output, with the loss summed (a) or averaged (b) "
    "over the letters, and two layers of eight units behind an embedding, an RNN (c) and a bidirectional LSTM (d)."
)


def _short(facts: Facts) -> str:
    return f"Trials in which all five letters are right within 15 epochs: {facts.format_solved(SHORT)}."


def _right_from(facts: Facts) -> str:
    found = {name: facts(setting).figure("right_from") for name, setting in SHORT.items()}
    each = [
        f"{facts(SHORT[name]).median('right_from')} for {name} (document: {format_printed(own)})"
        for name, own in found.items()
    ]
    return f"Right for good from epoch, median over trials: {join(each)}."


def _same(facts: Facts) -> str:
    summed, averaged = (facts(SHORT[name]).figure("right_from").of_seed for name in ("(a)", "(b)"))
    if summed != averaged:
        return ""
    return (
        "Our trials of (a) and (b) are right from the same epochs on: to Adam a loss is the same, summed or averaged."
    )


def _losses(facts: Facts) -> str:
    found = {name: facts(setting).figure("train_loss", "15") for name, setting in SHORT.items()}
    each = [
        f"{facts(SHORT[name]).mean('train_loss', '15')} for {name} ({format_printed(own)})"
        for name, own in found.items()
    ]
    return f"The loss at epoch 15, on average: {join(each)}."


def _bound(facts: Facts) -> str:
    losses = facts(LONG["(b)"]).figure("train_loss", "100")
    return (
        "Without a readout the outputs lie within tanh's -1 and 1, so that the averaged loss cannot fall below ln(1 + "
        f"3/e²) = 0.3408: after 100 epochs the smallest of ours is {min(losses.values):.4f}."
    )


def _longer(facts: Facts) -> str:
    return f"Trials that learn the word in 100 epochs instead of 15: {facts.format_solved(LONG)}."


ANSWER = Answer(ASKED, _short, [_right_from, _same, _losses, _bound, _longer])
