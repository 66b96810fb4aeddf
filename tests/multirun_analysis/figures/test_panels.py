import pandas as pd
import pytest

from multirun_analysis.figures.panels import MOST_PANELS, lay_out, spread


def made(**columns):
    """The product of some keys' values, as settings."""
    index = pd.MultiIndex.from_product(columns.values(), names=columns)
    return index.to_frame(index=False)


def spread_all(**columns):
    settings = made(**columns)
    return spread(settings, list(settings))


def test_models_are_told_by_colour_and_other_keys_by_panel():
    panels = spread_all(task=["recall"], model=["lstm", "rnn"], hidden=[2, 5])
    assert panels.by == "model"
    assert panels.panels == [("hidden=2", [0, 2]), ("hidden=5", [1, 3])]


def test_without_several_models_the_last_key_that_varies_is_told_by_colour():
    panels = spread_all(task=["echo", "recall"], hidden=[2, 5])
    assert panels.by == "hidden"
    assert panels.panels == [("echo", [0, 1]), ("recall", [2, 3])]


def test_one_setting_is_one_panel_without_a_title():
    panels = spread_all(task=["recall"])
    assert (panels.by, panels.panels) == (None, [("", [0])])


def test_more_values_than_colours_have_a_panel_each():
    panels = spread_all(task=["recall"], hidden=list(range(20)))
    assert panels.by is None
    assert [len(settings) for _, settings in panels.panels] == [1] * 20


def test_every_setting_stands_in_one_panel():
    settings = made(task=["a", "b"], model=["lstm", "rnn"], hidden=[2, 5], lr=[0.1, 0.2])
    panels = spread(settings, list(settings))
    assert sorted(setting for _, group in panels.panels for setting in group) == list(settings.index)


def test_two_keys_that_make_a_whole_grid_are_rows_and_columns():
    assert spread_all(task=["r"], model=["lstm", "rnn"], hidden=[2, 5, 10], lr=[0.1, 0.2, 0.3, 0.4, 0.5]).columns == 5


def test_panels_beyond_the_most_are_counted():
    panels = spread_all(task=["r"], model=["lstm", "rnn"], hidden=list(range(60)))
    assert len(panels.panels) == MOST_PANELS
    assert panels.left_out == 60 - MOST_PANELS


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 20])
def test_a_figure_has_an_axes_a_panel_with_numbers_at_the_lowest_of_each_column(count):
    panels = spread_all(task=["recall"], model=["lstm", "rnn"], hidden=list(range(count)))
    figure, axes = lay_out(panels)
    assert len(axes) == count
    assert sum(ax.get_visible() for ax in figure.axes) == count
    numbered = [ax for ax in axes if ax.xaxis.get_tick_params()["labelbottom"]]
    assert len(numbered) >= min(count, panels.columns)
