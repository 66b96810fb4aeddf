import numpy as np
import pytest

from seqmem.tasks import RowDigits

TASK = RowDigits()


def test_all_digits_are_there_as_often_as_their_source_says():
    labels = np.concatenate([TASK.training_set.targets, TASK.test_set.targets])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_a_fifth_is_the_test_set_in_which_no_digit_is_rare():
    assert np.bincount(TASK.test_set.targets).min() > 25
    assert (len(TASK.training_set), len(TASK.test_set)) == (1437, 360)


def test_no_image_is_in_both_sets():
    training, test = ({image.tobytes() for image in part.inputs} for part in (TASK.training_set, TASK.test_set))
    assert not training & test


def test_pixels_are_sixteenths():
    pixels = TASK.training_set.inputs
    np.testing.assert_array_equal(np.unique(pixels * 16), np.arange(17))


@pytest.mark.parametrize(
    ("index", "picture", "digit"), [(0, "\u2800⡞⢳⡄\n\u2800⢇⡼⠁", "0"), (1, "\u2800⣸⡗\u2800\n\u2800⢸⣇\u2800", "1")]
)
def test_the_first_images_are_those_of_the_docstring(index, picture, digit):
    assert TASK.format_input(TASK.training_set.inputs[index]) == picture
    assert TASK.format_answer(TASK.training_set.targets[index]) == digit


def test_the_nearest_training_image_tells_nearly_every_test_digit():
    training, test = (part.inputs.reshape(len(part), -1) for part in (TASK.training_set, TASK.test_set))
    squares = (training**2).sum(1) - 2 * test @ training.T
    named = TASK.training_set.targets[squares.argmin(1)]
    assert (named == TASK.test_set.targets).mean() > 0.95
