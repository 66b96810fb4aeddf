import numpy as np
import pandas as pd
import pytest

from multirun_analysis import draw_learning_curves

SETTINGS = pd.DataFrame({"task": "recall", "model": ["lstm", "lstm", "rnn", "rnn"], "hidden": [2, 5, 2, 5]})
KEYS = ["task", "model", "hidden"]


def made(settings=4, ends=(1000,) * 4):
    """A falling line a setting, with a band."""
    tables = []
    for setting in range(settings):
        median = np.linspace(0.9, 0.1 * setting, 5)
        places = np.linspace(ends[setting] / 5, ends[setting], 5)
        table = {"sequences": places, "median": median, "low": median - 0.05, "high": median + 0.05}
        tables.append(pd.DataFrame({"setting": setting, **table}))
    return pd.concat(tables)


@pytest.fixture
def figure():
    return draw_learning_curves(made(), SETTINGS, KEYS)


def test_there_is_a_line_a_setting_that_is_its_median(figure):
    curves = made()
    first = figure.axes[0]
    assert len(first.lines) == 2
    for line, setting in zip(first.lines, (0, 2), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), curves.loc[curves["setting"] == setting, "median"])


def test_each_line_has_its_quartile_band(figure):
    band = figure.axes[0].collections[0].get_paths()[0].get_extents()
    curve = made().query("setting == 0")
    assert (band.ymin, band.ymax) == pytest.approx((curve["low"].min(), curve["high"].max()))


def test_a_model_looks_the_same_in_every_panel(figure):
    for line, other in zip(figure.axes[0].lines, figure.axes[1].lines, strict=True):
        assert line.get_color() == other.get_color()
    assert [text.get_text() for text in figure.legends[0].texts] == ["lstm", "rnn"]


def test_axes_say_what_they_show(figure):
    assert figure.get_supxlabel().startswith("input sequences passed through the network")
    assert figure.get_supylabel() == "training error (share of sequences wrong)"
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["hidden=2", "hidden=5"]


def test_the_error_starts_at_zero_in_every_panel(figure):
    assert {ax.get_ylim()[0] for ax in figure.axes} == {0}


def test_budgets_that_differ_much_stand_on_a_log_axis():
    figure = draw_learning_curves(made(ends=(1000, 1000, 100_000, 1000)), SETTINGS, KEYS)
    assert {ax.get_xscale() for ax in figure.axes} == {"log"}


def test_a_setting_without_curves_leaves_its_place_empty():
    figure = draw_learning_curves(made(settings=3), SETTINGS, KEYS)
    assert [len(ax.lines) for ax in figure.axes] == [2, 1]


def test_one_setting_needs_no_legend():
    figure = draw_learning_curves(made(settings=1), SETTINGS[:1], KEYS)
    assert figure.legends == []
    assert len(figure.axes[0].lines) == 1


def test_a_setting_that_lacks_the_key_told_by_colour_is_drawn_all_the_same():
    settings = pd.DataFrame({"task": ["echo", "recall", "recall"], "index": pd.Series([None, 1, 2], dtype=object)})
    figure = draw_learning_curves(made(settings=3), settings, ["task", "index"])
    assert sum(len(ax.lines) for ax in figure.axes) == 3


def thin_lines(trials):
    seeds = pd.DataFrame({"seed": range(trials)})
    return made()[["setting", "sequences", "median"]].rename(columns={"median": "value"}).merge(seeds, how="cross")


def test_each_trial_has_a_thin_line_in_the_colour_of_its_setting():
    lines = draw_learning_curves(made(), SETTINGS, KEYS, trials=thin_lines(3)).axes[0].lines
    assert len(lines) == 2 + 2 * 3
    thin = [line for line in lines if line.get_linewidth() < 1]
    assert [line.get_color() for line in thin] == [lines[0].get_color()] * 3 + [lines[4].get_color()] * 3
    np.testing.assert_array_equal(thin[0].get_ydata(), lines[0].get_ydata())


def test_too_many_trials_have_no_lines_of_their_own():
    figure = draw_learning_curves(made(), SETTINGS, KEYS, trials=thin_lines(61))
    assert [len(ax.lines) for ax in figure.axes] == [2, 2]
    assert "thin" not in figure.get_supxlabel()


def test_thin_lines_stay_within_the_axes():
    trials = thin_lines(2).assign(value=0.99)
    curves = made().assign(high=0.4, median=0.3, low=0.2)
    assert draw_learning_curves(curves, SETTINGS, KEYS, trials=trials).axes[0].get_ylim()[1] >= 0.99


def test_budgets_of_other_tasks_leave_a_tasks_axis_as_it_is():
    settings = SETTINGS.assign(task=["echo", "recall", "echo", "recall"], hidden=5)
    figure = draw_learning_curves(made(ends=(10, 9000, 1000, 8000)), settings, KEYS)
    assert [ax.get_xscale() for ax in figure.axes] == ["log", "linear"]


def make_medians(*medians):
    table = {"setting": 0, "sequences": [100 * (index + 1) for index in range(len(medians))], "median": medians}
    return pd.DataFrame(table).assign(low=lambda t: t["median"], high=lambda t: t["median"], trials=1)


ONE_SETTING = pd.DataFrame({"task": ["recall"], "hidden": [5]})


def test_a_guess_is_a_line_across_and_the_test_set_dots():
    tests = make_medians(0.7, 0.3)
    (ax,) = draw_learning_curves(make_medians(0.8, 0.2), ONE_SETTING, ["task"], tests=tests, chance=[0.9]).axes
    assert [list(line.get_ydata()) for line in ax.lines if line.get_marker() == "o"] == [[0.7, 0.3]]
    assert [0.9, 0.9] in [list(line.get_ydata()) for line in ax.lines]


@pytest.mark.parametrize(("medians", "scale"), [((0.8, 0.5, 0.0), "linear"), ((0.5, 0.01, 0.002, 0.001), "log")])
def test_errors_that_are_mostly_small_have_a_log_axis(medians, scale):
    (ax,) = draw_learning_curves(make_medians(*medians), ONE_SETTING, ["task"]).axes
    assert ax.get_yscale() == scale
