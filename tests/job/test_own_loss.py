"""A loss of one's own, on the reference engine."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import seqmem
from seqmem.cells import LSTM
from seqmem.config.build import ConfigError
from seqmem.config.stored import build_stored_job
from seqmem.engines.choose import choose_engine
from seqmem.engines.reference.objective import compute_loss
from seqmem.tasks import Recall, Target
from tests.config.composing import make_setting
from tests.engines.reference.own import Adding, Huber

HUBER = ("task=adding", "loss=custom", "loss._target_=tests.engines.reference.own.Huber")


def draw(*shape):
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape))


def test_it_is_what_it_measures_in_the_mean_over_answers():
    raw, targets = 2 * draw(2, 7, 3), draw(2, 7, 3)
    found = compute_loss(raw, targets, torch.ones(2, 7, dtype=torch.int64), Target("real", 3), Huber(0.5))
    expected = [F.huber_loss(x, y, delta=0.5) for x, y in zip(raw, targets, strict=True)]
    torch.testing.assert_close(found, torch.stack(expected))


def test_steps_that_are_not_asked_for_count_for_nothing():
    raw, targets, lengths = draw(1, 2, 4, 1), draw(1, 2, 4, 1), torch.tensor([[4, 2]])
    targets[0, 0, 1] = torch.nan
    asked = torch.tensor([[True, False, True, True], [True, True, False, False]])
    found = compute_loss(raw, targets, lengths, Target("real", 1, every_step=True), Huber())
    torch.testing.assert_close(found[0], F.huber_loss(raw[0][asked], targets[0][asked]))


def test_the_reference_engine_trains_on_it_and_says_why():
    job = seqmem.Job(seqmem.Network(Adding(), LSTM(), 4), Huber(), max_sequences=640, trials=2)
    choice = choose_engine(job)
    assert choice.engine.name == "reference"
    assert choice.obstacle == "loss=Huber, a loss of one's own, is for the reference engine"
    (outcomes,) = seqmem.run([job], progress=False)
    assert [outcome.result.status for outcome in outcomes] == ["done", "done"]


def test_a_command_names_it_and_its_arguments():
    setting = make_setting(*HUBER, "+loss.delta=0.25")
    assert (type(setting.job.loss), setting.job.loss.delta) == (Huber, 0.25)
    assert setting.config["loss"] == {
        "_target_": "tests.engines.reference.own.Huber", "delta": 0.25, "name": "Huber",
    }  # fmt: skip
    assert setting.config["loss_source"].startswith("tests.engines.reference.own ")


def test_a_config_read_back_from_a_folder_runs_it_only_where_that_is_trusted():
    config = dict(make_setting(*HUBER).config)
    with pytest.raises(ConfigError, match=r"^\w+ names loss._target_=tests.engines.reference.own.Huber, which is not"):
        build_stored_job(Path("folder"), config, False, "--trust")
    assert type(build_stored_job(Path("folder"), config, True, "--trust").loss) is Huber


def test_another_argument_is_another_setting():
    first, second = (make_setting(*HUBER, f"+loss.delta={delta}").fingerprint for delta in (1, 2))
    assert first != second


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("loss=custom",), "loss._target_ must be given"),
        (
            ("loss=custom", "loss._target_=seqmem.tasks.Recall"),
            "loss._target_ must be an OwnLoss, got seqmem.tasks.Recall",
        ),
        ((*HUBER, "+loss.slope=1"), "loss.slope is not an argument of Huber"),
        ((*HUBER, "+loss.delta=a"), "loss.delta must be a number, got a"),
    ],
)
def test_what_is_none_is_refused_in_one_line(overrides, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        make_setting(*overrides)


def test_it_is_refused_where_the_targets_are_of_another_kind():
    class ForBits(Huber):
        kinds = ("bits",)

    with pytest.raises(ValueError, match=r"^loss=ForBits needs bit targets, but task=Recall has class targets$"):
        seqmem.Job(seqmem.Network(Recall(), LSTM(), 4), ForBits())


def test_one_that_gives_other_shapes_is_told_so():
    class Summed(Huber):
        def measure(self, raw, outputs, wanted):
            return (outputs - wanted).square().sum()

    message = (
        r"Summed.measure must return a number an answer, of shape (1, 5, 1) for outputs of shape (1, 5, 1, 2), got ()"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compute_loss(draw(1, 5, 2), draw(1, 5, 2), torch.ones(1, 5, dtype=torch.int64), Target("real", 2), Summed())
