import numpy as np
import pytest

from multirun_analysis.statistics.correction import holm


def test_p_values_are_corrected_by_their_number_and_order():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_nothing_is_above_one_and_nothing_is_nothing():
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]
    assert len(holm([])) == 0


def test_a_hypothesis_of_half_the_weight_is_tested_at_half_the_level():
    corrected = holm([0.02, 0.02, 0.9], [1.0, 0.5, 0.5])
    assert corrected[:2].tolist() == pytest.approx([0.04, 0.04])
    assert holm([0.9, 0.02], [1.0, 0.5])[1] == pytest.approx(0.06)


def test_any_true_hypothesis_is_rejected_as_seldom_as_stated():
    rng = np.random.default_rng(0)
    weights = rng.random(12)
    false = np.mean([(holm(rng.random(12), weights) < 0.05).any() for _ in range(4000)])
    assert 0.04 < false < 0.06
