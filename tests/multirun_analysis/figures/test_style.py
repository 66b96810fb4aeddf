import itertools
import struct

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from multirun_analysis.figures.style import COLOURS, DASHES, MOST_LINES, choose_looks, save


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
