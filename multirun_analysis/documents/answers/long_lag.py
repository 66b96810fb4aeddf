"""D0: the long time lag."""

from __future__ import annotations

from multirun_analysis.documents.answers.answer import Answer
from multirun_analysis.documents.answers.facts import Facts, format_each

SOLVING = {"LSTM": "recipe=long_lag_lstm", "GRU": "recipe=long_lag_gru", "IRNN": "recipe=long_lag_irnn"}
DEFAULT = {
    "LSTM": "recipe=long_lag_lstm_default",
    "GRU": "recipe=long_lag_gru_default",
    "RNN": "recipe=long_lag_rnn_default",
}
LSTM_AS_WRITTEN, RNN_AS_WRITTEN = "recipe=long_lag_lstm_as_written", "recipe=long_lag_rnn_as_written"
CLOSED = "closed loop"
MOST, HARDLY = 0.9, 0.1  # shares of trials that count as most and as hardly any

ASKED = (
    "A network reads x or y, then 99 symbols that tell nothing, and must name the first symbol again: can an RNN do "
    "it, can an LSTM? Which architectures, activations, optimizers and settings were tried, and what came of each? How "
    "does the training error fall with the number of sequences? How many of 3,000 test sequences are wrong, on average "
    "over ten trials?"
)


def _short(facts: Facts) -> str:
    return (
        f"Trials that solve it, with initial weights that keep what was read: {facts.format_solved(SOLVING)}; with "
        f"torch's: {facts.format_solved(DEFAULT)}."
    )


def _wrong(facts: Facts) -> str:
    each = format_each({name: facts(setting).wrong for name, setting in SOLVING.items()}, "; ")
    return f"Wrong of 3,000 test sequences where the weights keep: {each}."


def _chance(facts: Facts) -> str:
    each = format_each({name: facts(setting).mean("wrong") for name, setting in DEFAULT.items()})
    return f"Wrong of 3,000 with torch's weights, on average: {each}; guessing between x and y gives 1,500."


def _sequences(facts: Facts) -> str:
    each = format_each({name: facts(setting).sequences for name, setting in SOLVING.items()}, "; ")
    return (
        f"Training sequences until solved, median and range, with the 10,000 in a row that the rule asks for: {each}."
    )


def _error_at_every_step(facts: Facts) -> str:
    settings = [setting for setting in facts.networks if "every" in setting]
    networks = {facts(setting).first.row.network.partition(",")[0]: setting for setting in settings}
    if not networks:
        return ""
    return (
        "Trials that solve it with an error at every step, as the document's text has it: "
        f"{facts.format_solved(networks)}."
    )


def _lstm_as_written(facts: Facts) -> str:
    lstm = facts(LSTM_AS_WRITTEN)
    loss = lstm.figure("last_loss", "142000")
    return (
        "The document's own LSTM (201 units, error at the last step only) ends at guessing: loss "
        f"{lstm.median('last_loss', '142000')} at epoch 70 (printed: {float(loss.row.printed):.4f}; ln 2 = 0.6931), "
        f"{lstm.mean('wrong')} wrong of 3,000, {lstm.mean('wrong_in_test', CLOSED)} where it reads its own answers as "
        "the document's test did."
    )


def _rnn_as_written(facts: Facts) -> str:
    rnn = facts(RNN_AS_WRITTEN)
    return f"Its RNN has {rnn.mean('wrong')} wrong, after 2,000 epochs at a loss of {rnn.mean('train_loss')}."


def _so(facts: Facts) -> str:
    solving = all(facts(setting).share >= MOST for setting in SOLVING.values())
    default = all(facts(setting).share <= HARDLY for setting in DEFAULT.values())
    as_written = all(facts(setting).share <= HARDLY for setting in (LSTM_AS_WRITTEN, RNN_AS_WRITTEN))
    return "So what is missing is a start that keeps, not time or width." if solving and default and as_written else ""


ANSWER = Answer(
    ASKED,
    _short,
    [_wrong, _chance, _sequences, _error_at_every_step, _lstm_as_written, _rnn_as_written, _so],
)
