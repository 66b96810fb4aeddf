"""One style for all figures, of paper.mplstyle: legible in print, in grey and to the colour-blind."""

# Canvases of matplotlib have no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import colormaps, rc_context, rc_params_from_file
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SHEET = Path(__file__).with_name("paper.mplstyle")
STYLE: Any = dict(rc_params_from_file(SHEET, use_default_template=False))
COLOURS: tuple[str, ...] = tuple(STYLE["axes.prop_cycle"].by_key()["color"])
LIGHTEST = 0.57  # how far up the map of colours numbers go
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1, 1)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (8, 3)),
    (0, (2, 2)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
MOST_LINES = len(COLOURS)
DPI = 300  # of a PNG, and of images in the other files


def choose_looks(values: Sequence[Any]) -> dict[Any, Any]:
    """A colour and a dash for each of some values: numbers from dark to light, words by colour."""
    ordered = len(values) > 1 and not any(isinstance(value, str) for value in values)
    colours = STYLE["axes.prop_cycle"].by_key()["color"]
    shades = [
        colormaps[STYLE["image.cmap"]](LIGHTEST * index / max(1, len(values) - 1)) for index in range(len(values))
    ]
    return {
        value: {
            "color": shades[index] if ordered else colours[index % len(colours)],
            "linestyle": DASHES[index % MOST_LINES],
        }
        for index, value in enumerate(values)
    }


def use_style(path: Path) -> None:
    """Let another style sheet replace what it sets of this one, for all figures from now on.

    Raises:
        ValueError: if it cannot be read, or holds what is no style; the message says what, in one line.
    """
    log, said = logging.getLogger("matplotlib"), _Said()
    log.addHandler(said)
    log.propagate = False  # a key that does not exist is told to the log alone
    try:
        style = rc_params_from_file(path, use_default_template=False)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path}: {error}".partition("\n")[0]) from None
    finally:
        log.removeHandler(said)
        log.propagate = True
    if said.lines:
        raise ValueError(said.lines[0])
    STYLE.update(style)


class _Said(logging.Handler):
    """The first line of each of matplotlib's warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip().partition("\n")[0])


def save(figure: Figure, kinds: Sequence[str] = ("svg", "pdf", "png")) -> dict[str, bytes]:
    """Write a figure as files of some kinds; the same figure gives the same bytes."""
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of a name; a box stands for it
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)  # lay out once, not once a file: it takes longer than to draw
            figure.set_layout_engine("none")
        return {kind: _print(figure, kind) for kind in kinds}


def _print(figure: Figure, kind: str) -> bytes:
    """Draw a figure that is laid out: once, where `savefig` would draw it twice."""
    content = io.BytesIO()
    figure.set_dpi(DPI)  # each time: the others leave points behind
    if kind == "svg":
        FigureCanvasSVG(figure).print_svg(content, metadata={"Date": None})
    elif kind == "pdf":
        FigureCanvasPdf(figure).print_pdf(content, metadata={"CreationDate": None})
    else:
        FigureCanvasAgg(figure).print_png(content, pil_kwargs={"compress_level": 3})
    return content.getvalue()
