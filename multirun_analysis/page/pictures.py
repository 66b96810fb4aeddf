"""Figures as parts of a page, small enough for it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from multirun_analysis.page.inline import inline_svg

MOST_SVG = 1_000_000  # bytes, of which half are kept; a figure that takes more is embedded as PNG
COLOURS = 64  # of such a PNG; it takes a fifth of the bytes
HALF = 560  # points; the width up to which two figures stand side by side
ABOUT = {
    "learning_curves": "Training error against the training sequences seen; dots: on the test set.",
    "main_effects": "What each key does, over settings alike in all else; the largest effect first.",
    "key_ranking": "Keys by the largest difference that two of their values make.",
    "wrong_predictions": "Wrong predictions on the test set, a dot a trial.",
    "solving": "The share of trials that have met the criterion, against the training sequences seen.",
    "solved_rate": "Trials that met the criterion, of all.",
    "error_by_parameters": "Error against the number of trained weights.",
    "gradients": "How far back the error reaches: gradient norm of the final loss by input step, of its largest.",
    "phase_portrait": "How small networks move their state: the state after a symbol against the state before.",
    "hidden_states": "What the network holds: hidden units over one test sequence.",
}


@dataclass(frozen=True)
class Picture:
    """A figure.

    name: What its files are called.
    svg: It as an element of the page; empty where it would be too large.
    source: Its data URI, then.
    about: What it shows.
    wide: Whether it needs the page's whole width.
    """

    name: str
    svg: str
    source: str
    about: str
    wide: bool


def embed_figures(files: Mapping[str, bytes]) -> Iterator[Picture]:
    """Embed figures.

    Args:
        files: `<name>.svg` of each, and `<name>.png` for where that is too large.
    """
    for file, content in files.items():
        name, _, kind = file.partition(".")
        if kind != "svg":
            continue
        about = ABOUT.get(name, f"{name.replace('_', ' ').capitalize()}.")
        svg = source = ""
        if len(content) <= MOST_SVG or f"{name}.png" not in files:
            svg = inline_svg(name, content, f"{about} The table above has the numbers.")
        else:
            source = _format_uri("png", _reduce(files[f"{name}.png"]))
        yield Picture(name, svg, source, about, _read_width(content) > HALF)


def pair_up(pictures: Iterable[Picture]) -> list[Picture]:
    """The same pictures in their order, but one of half the page's width waits for another, to stand beside it."""
    ordered: list[Picture] = []
    waiting: list[Picture] = []
    for picture in pictures:
        if picture.wide:
            ordered.append(picture)
        elif waiting:
            ordered += [waiting.pop(), picture]
        else:
            waiting.append(picture)
    return ordered + waiting


def _format_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _read_width(svg: bytes) -> float:
    """A figure's width in points."""
    found = re.search(rb'<svg[^>]* width="([\d.]+)pt"', svg)
    return float(found[1]) if found else HALF + 1


def _reduce(png: bytes) -> bytes:
    from PIL import Image

    reduced = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(reduced, "png", optimize=True)
    return reduced.getvalue()
