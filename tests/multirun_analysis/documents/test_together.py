"""All printed figures of a document against our trials."""

import math

import numpy as np
import pytest

from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.together import judge
from multirun_analysis.statistics.percentile import joint_p
from tests.multirun_analysis.documents.answers import make_row


def find(network, values, printed="5", figure="wrong", **changes):
    row = make_row(network=network, printed=printed, figure=figure, **changes)
    return Finding(row, of_seed=dict(values) if isinstance(values, dict) else dict(enumerate(values)))


def spread(seed, n=50):
    return np.random.default_rng(seed).normal(5, 1, n)


def test_figures_of_one_network_are_those_of_one_run():
    one, other = spread(0), spread(1)
    found = judge([find("rnn", one), find("rnn", other, label="other")])
    assert (found.figures, found.networks, found.trials) == (2, 1, 50)
    assert found.p == joint_p([([-5, -5], -np.column_stack([one, other]).round(4))])


def test_more_of_a_loss_is_worse_and_more_of_an_accuracy_is_better():
    values = spread(0)
    found = judge([find("rnn", values), find("lstm", values, figure="accuracy")])
    assert found.p == joint_p([([-5], -values.round(4)[:, None]), ([5], values.round(4)[:, None])])


def test_what_is_not_compared_counts_for_nothing():
    others = [find("lstm", spread(1), differs="another loss"), find("gru", [1.0]), find("irnn", spread(2), printed="")]
    alone = judge([find("rnn", spread(0))])
    assert judge([find("rnn", spread(0)), *others]) == alone
    assert judge(others) is None


def test_only_trials_that_have_every_figure_of_their_network_count():
    some = {seed: value for seed, value in enumerate(spread(0)) if seed != 7}
    assert judge([find("rnn", spread(1)), find("rnn", some, label="other")]).trials == 49


def test_what_never_came_is_the_worst():
    found = judge([find("rnn", [1.0] * 99 + [math.inf], printed="never")])
    assert found.p == pytest.approx(4 / 101, abs=0.01)


ONE = "he one printed figure (one run of one network)"
THREE = "The 3 printed figures (one run each of 3 networks)"


@pytest.mark.parametrize(
    ("networks", "printed", "trials", "text"),
    [
        (3, "5", 50, f"{THREE} fit the same protocol run again: p = "),
        (3, "9", 50, f"{THREE} do not fit the same protocol run again: p < .001, at least 50 trials of each."),
        (1, "5", 50, f"T{ONE} fits the same protocol run again: p = "),
        (1, "9", 50, f"T{ONE} does not fit the same protocol run again: p = .039, 50 trials."),
        (1, "9", 10, f"Too few to tell t{ONE} from another protocol's: 10 trials."),
    ],
)
def test_the_verdict_is_a_sentence(networks, printed, trials, text):
    findings = [find(str(index), spread(index, trials), printed=printed) for index in range(networks)]
    assert judge(findings).text.startswith(text)
