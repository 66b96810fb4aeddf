from typing import get_args

import numpy as np
import pytest

from seqmem.job.streams import Purpose, stream

PURPOSES = get_args(Purpose)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_seed_and_a_purpose_give_the_same_numbers_again(purpose):
    np.testing.assert_array_equal(stream(3, purpose).random(10), stream(3, purpose).random(10))


def test_purposes_and_seeds_all_draw_apart():
    drawn = [tuple(stream(seed, purpose).random(4)) for seed in range(20) for purpose in PURPOSES]
    assert len(set(drawn)) == 20 * len(PURPOSES)


@pytest.mark.parametrize(
    ("purpose", "first"),
    [("weights", 0.9429375528828794), ("training data", 0.6771968569751019), ("test data", 0.8382711479571602)],
)
def test_the_numbers_of_a_seed_stay_what_they_were(purpose, first):
    assert stream(0, purpose).random() == first
