"""D4: digits by rows, recall at an index, binary addition."""

from __future__ import annotations

from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts, join, join_shares
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.together import LEVEL
from multirun_analysis.statistics.percentile import rank_p

CELLS = ("rnn", "lstm", "gru")
SIZES = (2, 5, 10)
LOSSES = {"cross_entropy_over_time": "cross-entropy as written", "mse": "squared error", "bce": "cross-entropy of bits"}
DIGITS = {"RNN": "rnn", "LSTM": "lstm", "GRU": "gru", "bidirectional RNN": "birnn", "bidirectional LSTM": "bilstm"}

ASKED = (
    "Which of RNN, LSTM and GRU reads handwritten digits row by row best, and do two directions help? How well do they "
    "recall the second symbol of a sequence, with 2, 5 and 10 units? Can an LSTM add binary numbers, under which loss, "
    "and with how many units? For every network: training and test loss and accuracy by epoch, and some predictions."
)


def name_recall(cell: str, size: int, reset: bool = True) -> str:
    """The setting of a recall row."""
    return f"model={cell} hidden={size} task.index=1 optimizer.reset_every_epoch={reset}"


def name_addition(loss: str, size: int, bits: int = 3) -> str:
    """The setting of an addition row."""
    return f"loss={loss} hidden={size} task.max_bits={bits}"


def name_digits(model: str, task: str = "row_digits") -> str:
    """The setting of a digits row."""
    return f"task={task} model={model} model.readout=last"


def _short(facts: Facts) -> str:
    each = []
    for cell in CELLS:
        means = [facts(name_recall(cell, size)).mean("mean_test_accuracy") for size in SIZES]
        each.append(f"{cell.upper()} {join_shares(means)}")
    adding = facts(name_addition("mse", 10, 8)).median("accuracy_in_test", "200 bits")
    return (
        f"With 2, 5 and 10 units the second symbol is recalled by {'; '.join(each)} (mean over the tests of 30 "
        f"epochs); an LSTM of ten units that learned to add numbers of 3 to 8 bits adds those of 200 bits in {adding} "
        "(median)."
    )


def _printed(facts: Facts) -> str:
    found = [facts(name_recall(cell, size)).figure("mean_test_accuracy") for cell in CELLS for size in SIZES]
    alike = sum(rank_p(finding.printed, list(finding.rounded.values())) > LEVEL for finding in found)
    return (
        f"Of the notebook's {len(found)} figures of recall, one run each, {alike} may be one more of our trials by "
        f"their rank (p > .05 each); our trials of one network differ by up to {_largest_spread(found):.0f} points, so "
        "that one run ranks little."
    )


def _largest_spread(findings: list[Finding]) -> float:
    return max(100 * (max(finding.values) - min(finding.values)) for finding in findings)


def _adam(facts: Facts) -> str:
    each = []
    for cell in CELLS:
        kept, reset = (facts(name_recall(cell, 10, reset)).mean("mean_test_accuracy") for reset in (False, True))
        each.append(f"{cell.upper()} 10 from {kept} to {reset}")
    return f"The notebook begins each epoch with a new Adam, which takes {join(each)}."


def _adding(facts: Facts) -> str:
    each = []
    for loss, words in LOSSES.items():
        ends = [facts(name_addition(loss, size)).mean("accuracy") for size in SIZES]
        each.append(f"{words} {join_shares(ends)}")
    return (
        f"Sums of 3-bit numbers that are right in every bit after 10 epochs, with 2, 5 and 10 units: {'; '.join(each)}."
    )


def _longer(facts: Facts) -> str:
    few, many = (facts(name_addition("mse", 10, bits)).figure("accuracy_in_test", "200 bits") for bits in (3, 8))
    return (
        f"Trained on numbers of 3 bits only, the same LSTM adds 200 bits in {100 * few.median:.1f} % (median over "
        f"trials), trained on 3 to 8 bits in {100 * many.median:.1f} % ({100 * min(many.values):.1f} to "
        f"{100 * max(many.values):.1f})."
    )


def _digits(facts: Facts) -> str:
    each = {name: facts(name_digits(model)).mean("accuracy") for name, model in DIGITS.items()}
    return (
        "Digits of 8 x 8 pixels, right at the end of training: "
        f"{join([f'{name} {share}' for name, share in each.items()])}."
    )


def _mnist(facts: Facts) -> str:
    each = {name: facts(name_digits(model, "row_mnist")).mean("mean_test_accuracy") for name, model in DIGITS.items()}
    return f"MNIST, mean over ten epochs: {join([f'{name} {share}' for name, share in each.items()])}."


ANSWER = Answer(ASKED, _short, [_printed, _adam, _adding, _longer, _digits, _mnist])
