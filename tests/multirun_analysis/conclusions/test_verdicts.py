import pytest

from multirun_analysis import compare, read_sweep
from multirun_analysis.conclusions.verdicts import format_p, format_totals, format_verdict
from tests.multirun_analysis.folders import LSTM, write_wrong

WORSE = [900, 910, 920, 930, 940, 950, 960, 970, 980, 990]
BETTER = [100, 120, 140, 160, 180, 200, 220, 240, 260, 995]
ROW = {"a": "lstm", "b": "rnn", "pairs": 10, "a_won": 6, "b_won": 3, "p_holm": 0.21, "verdict": "none"}


def test_many_verdicts_are_counted_for_each_pair(tmp_path):
    for hidden in (2, 5, 10):
        write_wrong(tmp_path / f"rnn{hidden}", WORSE, hidden=hidden)
        write_wrong(tmp_path / f"lstm{hidden}", BETTER if hidden > 2 else WORSE, hidden=hidden, model=LSTM)
    assert format_totals(compare(read_sweep(tmp_path))) == [
        "lstm and rnn, at 3 settings: lstm beats rnn at 2, no difference shown at 1"
    ]


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0004, "p < .001"),
        (0.00391, "p = .004"),
        (0.0099, "p = .010"),
        (0.0494, "p = .049"),
        (0.0996, "p = .10"),
        (0.25, "p = .25"),
        (0.996, "p = 1"),
        (1.0, "p = 1"),
    ],
)
def test_p_values_read_as_in_a_paper(p, text):
    assert format_p(p) == text


@pytest.mark.parametrize(
    ("needed", "text"),
    [
        (25.0, "; about 25 trials would separate them"),
        (137.0, "; about 140 trials would separate them"),
        (float("nan"), ""),
    ],
)
def test_trials_that_it_would_take_are_told_in_two_digits_or_not_at_all(needed, text):
    said = format_verdict(ROW | {"pairs_needed": needed}, " at hidden=5")
    counts = "lstm ahead in 6, rnn in 3 of 10 trials, p = .21"
    assert said == f"no difference shown between lstm and rnn at hidden=5 ({counts}){text}"
