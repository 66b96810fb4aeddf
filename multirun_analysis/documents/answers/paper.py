"""The 1997 paper's experiments that the documents took their tasks from."""

from __future__ import annotations

from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts, Network, join

LAGS = {"fixed distractors (2a)": "fixed", "random ones (2b)": "random"}
NETWORKS = {"LSTM": "lstm", "GRU": "gru", "IRNN": "irnn"}
ORDERS = {"two symbols (6a)": " task.num_symbols=2", "three (6b)": ""}

ASKED = (
    "Two of the tasks come from the paper that introduced the LSTM (Neural Computation 9(8), 1997). After how many "
    "training sequences did its networks solve them, and after how many do these?"
)


def _short(facts: Facts) -> str:
    each = []
    for words, distractors in LAGS.items():
        settings = {name: f"recipe=long_lag_{own} task.distractors={distractors}" for name, own in NETWORKS.items()}
        each.append(f"with {words} {facts.format_solved(settings)}")
    return f"Trials that solve the long lag {'; '.join(each)}."


def _lags(facts: Facts) -> str:
    each = []
    for words, distractors in LAGS.items():
        found = facts(f"recipe=long_lag_lstm task.distractors={distractors}")
        each.append(f"{found.median('sequences_to_criterion')} with {words} (paper: {_printed(found)})")
    return (
        f"The LSTM does so after, in the median, {join(each)}; ours count the 10,000 in a row of the rule, the paper's "
        "cannot."
    )


def _orders(facts: Facts) -> str:
    each = []
    for words, more in ORDERS.items():
        found = facts(f"recipe=temporal_order_lstm{more}")
        each.append(f"{words} after {found.median('sequences_to_criterion')} (paper: {_printed(found)})")
    return f"It tells the order of {join(each)}."


def _printed(network: Network) -> str:
    found = network.figure("sequences_to_criterion")
    return f"{float(found.row.printed):,.0f}"


ANSWER = Answer(ASKED, _short, [_lags, _orders])
