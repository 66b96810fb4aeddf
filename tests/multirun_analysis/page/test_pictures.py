import base64
import io

import matplotlib.figure
from PIL import Image

from multirun_analysis.figures.style import save
from multirun_analysis.page import pictures
from multirun_analysis.page.pictures import Picture, embed_figures, pair_up


def draw(width=4.0):
    figure = matplotlib.figure.Figure(figsize=(width, 3), layout="constrained")
    figure.subplots().plot([0, 1], color="#0072B2")
    return {f"solving.{kind}": content for kind, content in save(figure).items()}


def decode(picture):
    return base64.b64decode(picture.source.partition(",")[2])


def test_a_figure_is_a_part_of_the_page():
    (picture,) = embed_figures(draw())
    assert picture.svg.startswith("<svg ")
    assert picture.source == ""


def test_two_figures_of_half_the_width_stand_side_by_side():
    def make(name, wide):
        return Picture(name, "", "", "", wide)

    ordered = pair_up([make("a", False), make("b", True), make("c", False), make("d", True), make("e", False)])
    assert [picture.name for picture in ordered] == ["b", "a", "c", "d", "e"]


def test_a_figure_of_very_many_lines_is_embedded_as_a_picture_of_few_colours(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_SVG", 100)
    files = draw()
    (picture,) = embed_figures(files)
    assert picture.source.startswith("data:image/png;base64,")
    small, full = (Image.open(io.BytesIO(content)) for content in (decode(picture), files["solving.png"]))
    assert small.size == full.size
    assert len(decode(picture)) < len(files["solving.png"])
    for index in [(5, 5), (300, 200)]:
        shades = zip(small.convert("RGB").getpixel(index), full.convert("RGB").getpixel(index), strict=True)
        assert max(abs(few - many) for few, many in shades) < 16


def test_a_figure_is_wide_beyond_half_a_page():
    (narrow,), (wide,) = embed_figures(draw(4)), embed_figures(draw(9))
    assert not narrow.wide
    assert wide.wide


def test_a_figure_says_what_it_shows_even_if_it_is_new():
    known, new = embed_figures(draw()), embed_figures({"long_shot.svg": b"<svg/>"})
    assert next(known).about.startswith("The share of trials that have met the criterion")
    assert next(new).about == "Long shot."
