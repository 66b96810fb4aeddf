import re
from xml.etree import ElementTree

import matplotlib.figure
import pandas as pd
import pytest

from multirun_analysis.figures.marks import mark, number_settings
from multirun_analysis.figures.style import save
from multirun_analysis.page.inline import inline_svg

SETTINGS = number_settings(pd.DataFrame({"hidden": [2, 5]}), [7, 9])


@pytest.fixture(scope="module")
def svg():
    figure = matplotlib.figure.Figure(layout="constrained")
    ax = figure.subplots()
    ax.set_title('<b> "a"; style="x: y" & \u00e9')
    mark(ax.plot([0, 1, 3], [0.123456, 1, 0])[0], SETTINGS, 0, "median")
    mark(ax.plot([0, 1, 3], [0, 1, 1], "o")[0], SETTINGS, 1, "trial12")
    return save(figure, ["svg"])["svg"]


@pytest.fixture(scope="module")
def inlined(svg):
    return ElementTree.fromstring(inline_svg("solving", svg, 'About "it"'))


def test_there_is_no_style_that_the_pages_policy_would_refuse(inlined):
    assert not [node for node in inlined.iter() if "style" in node.attrib or node.tag.endswith("style")]
    assert all(node.get("font-size").endswith("px") for node in inlined.iter("text"))


def test_settings_are_told_by_their_numbers_among_all_and_trials_by_their_seeds(inlined):
    told = [(node.get("data-setting"), node.get("data-part"), node.get("data-seed")) for node in inlined.iter()]
    assert [own for own in told if own[0]] == [("7", "median", None), ("9", "trial", "12")]


def test_ids_and_what_refers_to_them_begin_with_the_figures_name(inlined):
    ids = {node.get("id") for node in inlined.iter() if node.get("id")}
    assert all(own.startswith("solving-") for own in ids)
    references = {node.get("href") for node in inlined.iter("use")}
    clips = {node.get("clip-path") for node in inlined.iter()} - {None}
    assert references and clips
    assert {own.removeprefix("#") for own in references} | {own[5:-1] for own in clips} <= ids


def test_who_does_not_see_it_is_told_what_it_shows(inlined):
    assert (inlined.get("role"), inlined.get("aria-label")) == ("img", 'About "it"')


def test_text_stays_text(inlined):
    assert '<b> "a"; style="x: y" & \u00e9' in [node.text for node in inlined.iter("text")]


def test_coordinates_are_kept_to_a_tenth(svg, inlined):
    before = ElementTree.fromstring(svg)
    paths = [node.get("d") for node in before.iter() if node.get("d")]
    short = [node.get("d") for node in inlined.iter() if node.get("d")]
    for long, own in zip(paths, short, strict=True):
        numbers = [[float(number) for number in re.findall(r"-?[\d.]+", path)] for path in (long, own)]
        assert numbers[1] == pytest.approx(numbers[0], abs=0.051)
