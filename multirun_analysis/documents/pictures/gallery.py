"""Which pictures each section of the page has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from multirun_analysis.documents.answers import echo
from multirun_analysis.documents.answers.notebook import (
    CELLS,
    DIGITS,
    LOSSES,
    SIZES,
    name_addition,
    name_digits,
    name_recall,
)
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.pictures.bits import draw_bits
from multirun_analysis.documents.pictures.curves import draw_curves
from multirun_analysis.documents.pictures.losses import draw_losses
from multirun_analysis.documents.pictures.strings import draw_strings
from multirun_analysis.documents.pictures.strips import draw_strips
from multirun_analysis.documents.pictures.training import draw_training
from multirun_analysis.frames.sweep import Sweep

Draw = Callable[[Sequence[Finding], Sweep], Figure | None]

LONG_LAG = {
    "LSTM, gates that start open": "recipe=long_lag_lstm",
    "GRU, long time scales": "recipe=long_lag_gru",
    "IRNN": "recipe=long_lag_irnn",
    "LSTM as torch draws it": "recipe=long_lag_lstm_default",
    "RNN as torch draws it": "recipe=long_lag_rnn_default",
    "LSTM as written": "recipe=long_lag_lstm_as_written",
    "RNN as written": "recipe=long_lag_rnn_as_written",
}
TEMPORAL_ORDER = {
    "LSTM, long time scales": "recipe=temporal_order_lstm",
    "IRNN": "recipe=temporal_order_irnn",
    "LSTM, dot attention": "recipe=temporal_order_lstm_dot_attention",
    "RNN, dot attention": "recipe=temporal_order_rnn_dot_attention",
    "RNN, attention as written": "recipe=temporal_order_rnn_cosine_attention_as_written",
    "LSTM as torch draws it": "recipe=temporal_order_lstm_default",
    "RNN as torch draws it": "recipe=temporal_order_rnn_default",
}
EPOCHS = {"recall": 19_200, "addition": 19_200, "digits": 1_437, "mnist": 60_000}  # training sequences


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    section: A key of `rows.SECTIONS`.
    name: Of its file, without the ending.
    caption: What it shows.
    draw: Makes it of the section's findings, or nothing where none of it was run.
    """

    section: str
    name: str
    caption: str
    draw: Draw


PICTURES = [
    Picture(
        "D0",
        "d0_learning_curves",
        "Training error against input sequences, for the long time lag",
        lambda findings, sweep: draw_curves(findings, sweep, LONG_LAG, {"chance": 0.5}),
    ),
    Picture(
        "D1",
        "d1_learning_curves",
        "Training error against input sequences, for the order of three symbols",
        lambda findings, sweep: draw_curves(
            findings, sweep, TEMPORAL_ORDER, {"chance": 0.875, "counts without order": 0.5}
        ),
    ),
    Picture("D2", "d2_printed", "The document's outputs among ours", lambda findings, sweep: draw_strips(findings)),
    Picture(
        "D3",
        "d3_strings",
        "The answers of the four networks after each epoch, the document's and ours",
        lambda findings, sweep: draw_strings(findings, sweep, echo.SHORT),
    ),
    Picture("D3", "d3_losses", "The document's losses among ours", draw_losses),
    Picture(
        "D4",
        "d4_mnist_printed",
        "The notebook's figures of MNIST among ours",
        lambda findings, sweep: draw_strips(_of("D4 digits", findings)),
    ),
    Picture(
        "D4",
        "d4_mnist_training",
        "MNIST: loss and accuracy by epoch",
        lambda findings, sweep: draw_training(
            findings,
            sweep,
            {"": {name: name_digits(model, "row_mnist") for name, model in DIGITS.items()}},
            EPOCHS["mnist"],
        ),
    ),
    Picture(
        "D4",
        "d4_recall_printed",
        "The notebook's figures of recall among ours",
        lambda findings, sweep: draw_strips(_of("D4 recall", findings)),
    ),
    Picture(
        "D4",
        "d4_recall_training",
        "Recall: loss and accuracy by epoch",
        lambda findings, sweep: draw_training(
            findings,
            sweep,
            {cell.upper(): {f"{size} units": name_recall(cell, size) for size in SIZES} for cell in CELLS},
            EPOCHS["recall"],
        ),
    ),
    Picture(
        "D4",
        "d4_addition_printed",
        "The notebook's figures of addition among ours",
        lambda findings, sweep: draw_strips(_of("D4 addition", findings, ("mean_test_accuracy", "accuracy"))),
    ),
    Picture(
        "D4",
        "d4_addition_training",
        "Addition: loss and accuracy by epoch",
        lambda findings, sweep: draw_training(
            findings,
            sweep,
            {words: {f"{size} units": name_addition(loss, size) for size in SIZES} for loss, words in LOSSES.items()},
            EPOCHS["addition"],
        ),
    ),
    Picture("D4", "d4_addition_bits", "Right sums of longer numbers", lambda findings, sweep: draw_bits(findings)),
    Picture(
        "D4",
        "d4_digits_training",
        "Digits of 8 x 8 pixels: loss and accuracy by epoch",
        lambda findings, sweep: draw_training(
            findings, sweep, {"": {name: name_digits(model) for name, model in DIGITS.items()}}, EPOCHS["digits"]
        ),
    ),
]


def draw_pictures(findings: Sequence[Finding], sweep: Sweep) -> Iterator[tuple[Picture, Figure]]:
    """Draw what there is to draw."""
    for picture in PICTURES:
        own = [finding for finding in findings if finding.row.section == picture.section]
        figure = picture.draw(own, sweep)
        if figure is not None:
            yield picture, figure


def _of(document: str, findings: Sequence[Finding], figures: Sequence[str] = ()) -> list[Finding]:
    """The findings of a document, or those of some of its figures."""
    own = [finding for finding in findings if finding.row.document == document]
    return [finding for finding in own if finding.row.figure in figures] if figures else own
