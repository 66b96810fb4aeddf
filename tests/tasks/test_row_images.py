import numpy as np

from seqmem.tasks.row_images import RowImages, to_sequences


def images_of(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of 5 x 3 pixels that hold their number, and its last digit."""
    numbers = np.arange(count, dtype=np.uint8)
    return np.broadcast_to(numbers[:, None, None], (count, 5, 3)), numbers % 10


def test_a_row_is_a_step_and_its_pixels_are_features_from_zero_to_one():
    pixels = np.array([[[0, 4, 8], [2, 0, 0]]], np.uint8)
    sequences = to_sequences(pixels, np.array([7], np.uint8), brightest=8)
    assert sequences.inputs.tolist() == [[[0, 0.5, 1], [0.25, 0, 0]]]
    assert (sequences.lengths.tolist(), sequences.targets.tolist()) == ([2], [7])


def test_sizes_are_those_of_the_images():
    task = RowImages(to_sequences(*images_of(20), 255), to_sequences(*images_of(4), 255), num_classes=12)
    assert (task.max_length, task.input_size, task.target.size) == (5, 3, 12)


def test_a_batch_is_drawn_from_the_training_set_image_and_class_together(rng):
    task = RowImages(to_sequences(*images_of(20), 1), to_sequences(*images_of(4), 1))
    batch = task.sample(rng, 500)
    numbers = batch.inputs[:, 0, 0].astype(int)
    assert set(numbers) == set(range(20))
    np.testing.assert_array_equal(batch.targets, numbers % 10)


def test_an_image_reads_as_braille_dots():
    task = RowImages(to_sequences(*images_of(1), 1), to_sequences(*images_of(1), 1))
    image = np.zeros((5, 3), np.float32)
    image[0, 0] = image[3, 1] = image[4, 2] = 1
    image[2, 0] = 0.49
    assert task.format_input(image) == "\u2881\u2800\n\u2800\u2801"
