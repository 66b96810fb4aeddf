import math

import pytest
import torch

from seqmem.tasks import Target
from seqmem.tasks.answers import ANSWERS, OUTPUTS


@pytest.mark.parametrize(("kind", "output"), [("class", "softmax"), ("bits", "logistic"), ("real", "identity")])
def test_each_kind_has_its_usual_output(kind, output):
    assert Target(kind, 2).output == output


def test_an_output_that_the_answers_do_not_have_is_refused_with_those_that_they_have():
    with pytest.raises(
        ValueError, match=r"^output must be identity or logistic or tanh for real-valued targets, got softmax$"
    ):
        Target("real", 1, output="softmax")


@pytest.mark.parametrize(
    ("output", "expected"),
    [("identity", [2.0, -1.0]), ("tanh", [math.tanh(2), math.tanh(-1)])],
)
def test_outputs_are_their_function_of_the_raw_ones(output, expected):
    found = OUTPUTS[output](torch.tensor([2.0, -1.0], dtype=torch.float64))
    assert found.tolist() == pytest.approx(expected)


def test_a_class_has_one_number_and_bits_have_as_many_as_there_are():
    assert [answers.count_numbers(3) for answers in ANSWERS.values()] == [1, 3, 3, 3]
