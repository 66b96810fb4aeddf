"""Floors are compared with what they are floors of."""

import pytest

from benchmarks.row import Row, Spread


def row(value: float = 1.0, **more) -> Row:
    return Row("section", "what", "who", Spread.of([value]), "x", **more)


def test_a_spread_is_the_median_with_the_extremes():
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)


@pytest.mark.parametrize(
    ("measured", "holds"),
    [
        (row(), None),
        (row(at_most=1.0), True),
        (row(at_most=0.9), False),
        (row(at_least=1.0), True),
        (row(at_least=2.0, ratio=Spread.of([2.5])), True),
        (row(at_least=2.0, ratio=Spread.of([1.5]), peak=3.0), False),
        (row(100.0, at_least=0.7, peak=0.6), False),
    ],
)
def test_a_floor_holds_for_the_ratio_else_the_share_of_the_peak_else_the_value(measured, holds):
    assert measured.holds is holds
