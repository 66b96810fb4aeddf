"""One style for all figures: legible in print, in grey and to the colour-blind."""

# Canvases of matplotlib have no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib import colormaps, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": "0.3",
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "figure.facecolor": "white",
    "font.size": 9,
    "grid.color": "0.92",
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "pdf.fonttype": 42,  # text stays text, in a font that is embedded
    "svg.hashsalt": "seqmem",
    "text.parse_math": False,  # names are no formulas
    "xtick.color": "0.3",
    "xtick.labelsize": 8,
    "ytick.color": "0.3",
    "ytick.labelsize": 8,
}
# Okabe & Ito's colours without the yellow, ordered so that neighbours differ in lightness too.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#CC79A7", "#009E73")
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
    shades = [colormaps["viridis"](0.85 * index / max(1, len(values) - 1)) for index in range(len(values))]
    return {
        value: {
            "color": shades[index] if ordered else COLOURS[index % MOST_LINES],
            "linestyle": DASHES[index % MOST_LINES],
        }
        for index, value in enumerate(values)
    }


def save(figure: Figure, kinds: Sequence[str] = ("svg", "pdf", "png")) -> dict[str, bytes]:
    """Write a figure as files of some kinds; the same figure gives the same bytes."""
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of a name; a box stands for it
        figure.draw_without_rendering()  # lay out once, not once a file: it takes longer than to draw
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
