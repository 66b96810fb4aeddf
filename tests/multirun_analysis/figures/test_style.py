import itertools
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from multirun_analysis.figures import style
from multirun_analysis.figures.style import COLOURS, DASHES, MOST_LINES, choose_looks, save
from multirun_analysis.page import builder


def lightness(colour):
    """Luma: what is left of a colour in grey."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_every_line_of_a_panel_has_a_colour_and_a_dash_of_its_own():
    looks = choose_looks([f"model{number}" for number in range(MOST_LINES)])
    assert len({look["color"] for look in looks.values()}) == MOST_LINES
    assert len({str(look["linestyle"]) for look in looks.values()}) == MOST_LINES == len(DASHES)


@pytest.mark.parametrize(("first", "second"), list(itertools.pairwise(COLOURS)))
def test_neighbours_differ_in_grey_too(first, second):
    assert abs(lightness(first) - lightness(second)) > 0.08


def luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, ground):
    """After WCAG 2.2."""
    dark, light = sorted([luminance(colour), luminance(ground)])
    return (light + 0.05) / (dark + 0.05)


def darken(colour):
    """What the page makes of a colour in the dark: invert(.92) hue-rotate(180deg), as CSS defines them."""
    inverted = np.array([0.92 * (1 - value) + 0.08 * value for value in colour])
    grey = np.array([0.213, 0.715, 0.072])
    turned = grey - (np.eye(3) - grey)  # by half a circle: cosine -1, sine 0
    return np.clip(turned @ inverted, 0, 1)


SHADES = [look["color"][:3] for look in choose_looks(range(12)).values()]


@pytest.mark.parametrize("colour", [*map(to_rgb, COLOURS), *SHADES])
def test_every_colour_holds_three_to_one_on_its_ground_light_and_dark(colour):
    white = (1, 1, 1)
    assert contrast(colour, white) >= 3
    assert contrast(darken(colour), darken(white)) >= 3


def test_the_pages_own_lines_have_the_colours_of_figures():
    css = (Path(builder.__file__).parent / "page.css").read_text()
    light, dark = ([to_rgb(own) for own in re.findall(r"--c\d: (#\w+)", block)] for block in css.split("@media")[:2])
    assert light == [to_rgb(colour) for colour in COLOURS]
    assert min(contrast(colour, to_rgb("#141414")) for colour in dark) >= 3
    assert len(dark) == len(COLOURS)


def test_numbers_go_from_dark_to_light():
    shades = [lightness(look["color"]) for look in choose_looks([2, 5, 10, 20]).values()]
    assert shades == sorted(shades)
    assert shades[-1] - shades[0] > 0.3


def test_the_same_figure_gives_the_same_bytes():
    def draw():
        figure = Figure()
        figure.subplots().plot([1, 2], [3, 4])
        return save(figure)

    assert draw() == draw()
    assert set(draw()) == {"svg", "pdf", "png"}


def test_text_of_an_svg_is_text_in_a_font_that_is_named_with_what_stands_in_for_it():
    figure = Figure()
    figure.subplots().set_title("seqmem")
    content = save(figure)["svg"].decode()
    assert ">seqmem</text>" in content
    assert "'DejaVu Sans', 'Verdana', 'Arial', 'Helvetica', sans-serif" in content


@pytest.fixture
def restored(monkeypatch):
    monkeypatch.setattr(style, "STYLE", dict(style.STYLE))


def test_a_style_sheet_of_ones_own_replaces_what_it_sets(tmp_path, restored):
    path = tmp_path / "own.mplstyle"
    path.write_text('axes.prop_cycle: cycler("color", ["ff0000", "00ff00"])\nfont.size: 11\n')
    style.use_style(path)
    assert [look["color"] for look in choose_looks(["a", "b", "c"]).values()] == ["#ff0000", "#00ff00", "#ff0000"]
    assert (style.STYLE["font.size"], style.STYLE["axes.grid"]) == (11, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("font.size: large enough\n", "Could not convert"),
        ("colour: red\n", "Bad key colour"),
        ("words\n", "Missing colon"),
    ],
)
def test_what_is_no_style_sheet_is_refused_in_one_line(tmp_path, restored, content, words):
    path = tmp_path / "own.mplstyle"
    path.write_text(content)
    with pytest.raises(ValueError, match=words) as error:
        style.use_style(path)
    assert "\n" not in str(error.value)
    assert style.STYLE["font.size"] == 9


def test_a_style_sheet_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.mplstyle: No such file"):
        style.use_style(tmp_path / "none.mplstyle")


def test_names_are_no_formulas_and_need_not_be_in_the_font():
    figure = Figure()
    figure.subplots().set_title("$\\frac{ \u6f22 $x$")
    assert set(save(figure)) == {"svg", "pdf", "png"}


def test_text_of_a_pdf_is_text_in_a_font_that_is_embedded():
    figure = Figure()
    figure.subplots().set_title("seqmem")
    content = save(figure)["pdf"]
    assert b"/Subtype /Type0" in content or b"/Subtype /TrueType" in content
    assert b"/Type3" not in content


def test_a_png_has_the_resolution_of_print():
    figure = Figure(figsize=(2, 1))
    figure.subplots()
    width, height = struct.unpack(">II", save(figure)["png"][16:24])
    assert (width, height) == (600, 300)
