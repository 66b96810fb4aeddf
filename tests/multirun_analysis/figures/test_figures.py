import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from multirun_analysis import read_sweep, read_traces, summarise, summarise_solving
from multirun_analysis.figures.error_by_parameters import draw_error_by_parameters
from multirun_analysis.figures.gallery import draw_all
from multirun_analysis.figures.panels import choose_along
from multirun_analysis.figures.solved_rate import draw_solved_rate
from multirun_analysis.figures.solving import draw_solving
from multirun_analysis.figures.style import save
from multirun_analysis.figures.traces import draw_gradients, draw_hidden_states
from multirun_analysis.figures.wrong_predictions import draw_wrong_predictions
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


@pytest.fixture
def sweep(tmp_path):
    """Two models at two sizes; lstm at 5 solves 2 of 3, and has the largest budget."""
    write_wrong(tmp_path / "a", [3000, 2700, 2400], hidden=2)
    write_wrong(tmp_path / "b", [300, 600, 900], hidden=5)
    write_wrong(tmp_path / "c", [30, 60, 90], hidden=2, model=LSTM)
    met = [make_trial(seed, 0, sequences=30_000, sequences_to_criterion=at) for seed, at in enumerate((100, 400, None))]
    write_job(tmp_path / "d", met, trials=3, hidden=5, model=LSTM)
    return read_sweep(tmp_path)


def test_every_trial_is_a_dot_and_every_setting_has_its_median(sweep):
    figure = draw_wrong_predictions(sweep.trials, summarise(sweep), sweep.settings, sweep.keys)
    (ax,) = figure.axes
    dots, bars = ax.lines[::2], ax.lines[1::2]
    np.testing.assert_allclose([line.get_ydata() for line in dots], [[1, 2, 3], [0, 0, 0], [100, 90, 80], [10, 20, 30]])
    np.testing.assert_allclose([line.get_ydata()[0] for line in bars], [2, 0, 90, 20])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2", "5"]


def test_dots_of_two_settings_never_stand_on_each_other(sweep):
    (ax,) = draw_wrong_predictions(sweep.trials, summarise(sweep), sweep.settings, sweep.keys).axes
    spans = sorted((line.get_xdata().min(), line.get_xdata().max()) for line in ax.lines[::2])
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_solved_trials_rise_in_steps(sweep):
    (first, second) = draw_solving(summarise_solving(sweep), sweep.settings, sweep.keys).axes
    assert [line.get_ydata().max() for line in first.lines] == [0, 0]
    np.testing.assert_allclose(second.lines[0].get_ydata(), [0, 1 / 3, 2 / 3, 2 / 3])
    assert second.lines[0].get_drawstyle() == "steps-post"


def test_each_cell_of_the_heat_map_tells_its_trials(sweep):
    (ax,) = draw_solved_rate(summarise(sweep), sweep.settings, sweep.keys).axes
    assert [text.get_text() for text in ax.texts] == ["0/3", "2/3", "0/3", "0/3"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0, 2 / 3], [0, 0]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["lstm", "rnn"]


def test_the_error_of_each_setting_stands_over_its_parameters(sweep):
    (ax,) = draw_error_by_parameters(summarise(sweep), sweep.settings, sweep.keys).axes
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    np.testing.assert_allclose([sorted(line.get_ydata()) for line in lines], [[0, 2], [20, 90]])
    assert sorted(container.lines[0].get_ydata()[0] for container in ax.containers) == pytest.approx([0, 2, 20, 90])
    assert ax.get_xscale() == "log"


def test_the_powers_of_ten_beside_gradients_are_plain_text(sweep):
    figure = draw_gradients(read_traces(sweep), sweep.settings, sweep.keys)
    figure.draw_without_rendering()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert any(labels)
    assert not any("$" in label for label in labels)


def test_gradients_are_drawn_by_input_step(sweep):
    first, _ = draw_gradients(read_traces(sweep), sweep.settings, sweep.keys).axes
    np.testing.assert_array_equal(first.lines[0].get_ydata(), [1.0, 0.5])
    assert first.get_yscale() == "log"


def test_hidden_states_are_drawn_a_panel_a_setting_units_down_and_steps_across(sweep):
    figure = draw_hidden_states(read_traces(sweep), sweep.settings, sweep.keys)
    panels = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in panels] == [
        "lstm hidden=2",
        "lstm hidden=5",
        "rnn hidden=2",
        "rnn hidden=5",
    ]
    np.testing.assert_array_equal(panels[0].images[0].get_array(), [[0, 0.5], [1, -1]])


def test_a_model_has_one_colour_in_all_figures(sweep):
    summary = summarise(sweep)
    figures = [
        draw_solving(summarise_solving(sweep), sweep.settings, sweep.keys),
        draw_gradients(read_traces(sweep), sweep.settings, sweep.keys),
        draw_error_by_parameters(summary, sweep.settings, sweep.keys),
    ]
    assert {tuple(to_hex(line.get_color()) for line in figure.legends[0].get_lines()) for figure in figures} == {
        ("#0072b2", "#b97a00")
    }


def test_every_axis_of_every_figure_says_what_it_shows(sweep):
    for name, figure in draw_all(sweep, summarise(sweep)):
        assert figure.get_supxlabel(), name
        assert figure.get_supylabel(), name


def test_nothing_is_drawn_beyond_the_limits_of_its_axes(sweep):
    for name, figure in draw_all(sweep, summarise(sweep)):
        for ax in figure.axes:
            for line in ax.lines:
                x, y = (np.asarray(values, float) for values in line.get_data())
                assert min(ax.get_xlim()) <= np.nanmin(x) <= np.nanmax(x) <= max(ax.get_xlim()), name
                assert min(ax.get_ylim()) <= np.nanmin(y) <= np.nanmax(y) <= max(ax.get_ylim()), name


def test_a_sweep_has_all_figures_that_show_something(sweep):
    assert [name for name, _ in draw_all(sweep, summarise(sweep))] == [
        "learning_curves", "main_effects", "wrong_predictions", "solving", "solved_rate", "error_by_parameters",
        "gradients", "hidden_states",
    ]  # fmt: skip


def test_nothing_solved_is_no_figure(tmp_path):
    write_wrong(tmp_path, [1, 2])
    sweep = read_sweep(tmp_path)
    names = [name for name, _ in draw_all(sweep, summarise(sweep))]
    assert names == ["learning_curves", "wrong_predictions", "gradients", "hidden_states"]


@pytest.mark.parametrize("case", ["one trial", "diverged", "running", "absent key", "no spread"])
def test_every_figure_can_be_drawn_of_odd_sweeps(tmp_path, case):
    write_job(tmp_path / "a", [make_trial(0, 10, sequences_to_criterion=500)], trials=1, hidden=3)
    if case == "diverged":
        write_job(tmp_path / "b", [make_trial(0, None, status="diverged", train_loss=float("nan"))], trials=1, hidden=5)
    if case == "running":
        write_job(tmp_path / "b", None, "running", hidden=5)
    if case == "absent key":
        write_wrong(tmp_path / "b", [1], task={"_target_": "x.Lag", "name": "lag"}, hidden=5)
        write_wrong(tmp_path / "c", [1], task={"index": 2}, hidden=5)
    if case == "no spread":
        write_wrong(tmp_path / "b", [10] * 3, hidden=5)
    sweep = read_sweep(tmp_path)
    for _, figure in draw_all(sweep, summarise(sweep)):
        assert set(save(figure)) == {"svg", "pdf", "png"}


@pytest.mark.parametrize(
    ("columns", "along"),
    [
        ({"task": ["a", "b"], "model": ["x", "y"], "hidden": [2, 5], "lr": [1, 2]}, "hidden"),
        ({"task": ["a", "b"], "model": ["x", "y"], "lr": [1, 2]}, "lr"),
        ({"task": ["a", "b"], "model": ["x", "y"]}, "model"),
        ({"task": ["a", "b"]}, "task"),
        ({"task": ["a"]}, "task"),
    ],
)
def test_the_hidden_size_goes_along_an_axis_if_it_varies(columns, along):
    assert choose_along(pd.DataFrame(columns), list(columns)) == along


def test_panels_that_are_left_out_are_noted(tmp_path):
    for hidden in range(2):
        for index in range(26):
            write_wrong(tmp_path / f"{hidden}-{index}", [1], hidden=hidden + 1, task={"index": index}, clip=index)
    sweep = read_sweep(tmp_path)
    next(draw_all(sweep, summarise(sweep)))
    assert sweep.notes[1:] == ["figures of all settings show 24 panels and leave 2 out; choose with --where"]


def draw_traced(tmp_path, steps, telling):
    """The axes of the gradients of two steps, or as many as are told."""
    write_job(tmp_path, [make_trial()], trials=1, steps=steps, telling=telling)
    sweep = read_sweep(tmp_path)
    figure = draw_gradients(read_traces(sweep), sweep.settings, sweep.keys)
    figure.draw_without_rendering()
    return figure.axes[0]


def test_what_was_read_stands_below_its_step_and_what_matters_is_marked(tmp_path):
    ax = draw_traced(tmp_path, ["4", "7"], [1])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["4", "7"]
    assert [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "v"] == [[1]]


def test_long_inputs_leave_steps_with_their_numbers(tmp_path):
    ax = draw_traced(tmp_path, ["0.123", "-1.55"], [])
    assert not {"0.123", "-1.55"} & {label.get_text() for label in ax.get_xticklabels()}
