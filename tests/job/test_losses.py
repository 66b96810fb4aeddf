import pytest

from seqmem.job.losses import Loss
from seqmem.tasks import Target

TARGETS = {kind: Target(kind, 2) for kind in ("class", "bits", "real")}
FITTING = [("cross_entropy", "class"), ("kl", "class"), ("bce", "bits")] + [("mse", kind) for kind in TARGETS]


EVERY_STEP = Target("bits", 2, every_step=True)


@pytest.mark.parametrize(("name", "kind"), FITTING)
def test_a_loss_that_fits_passes(name, kind):
    Loss(name).check(TARGETS[kind], "task")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("bce", "class", "bit targets, but task=recall has class targets; choose cross_entropy, kl or mse"),
        ("bce", "real", "bit targets, but task=recall has real-valued targets; choose mse"),
        ("cross_entropy", "bits", "class targets, but task=recall has bit targets; choose mse or bce"),
        ("cross_entropy", "real", "class targets, but task=recall has real-valued targets; choose mse"),
        ("kl", "bits", "class targets, but task=recall has bit targets; choose mse or bce"),
        ("kl", "real", "class targets, but task=recall has real-valued targets; choose mse"),
        (
            "cross_entropy_over_time",
            "bits",
            "bit or step targets at every step, but task=recall has bit targets at the end; choose mse or bce",
        ),
        (
            "cross_entropy_over_time",
            "class",
            "bit or step targets at every step, but task=recall has class targets at the end; "
            "choose cross_entropy, kl or mse",
        ),
    ],
)
def test_a_loss_that_does_not_fit_is_refused_with_those_that_do(name, kind, message):
    with pytest.raises(ValueError, match=f"^loss={name} needs {message}$"):
        Loss(name).check(TARGETS[kind], "recall")


@pytest.mark.parametrize("target", [EVERY_STEP, Target("steps", 2, every_step=True)])
def test_cross_entropy_over_time_fits_bits_at_every_step_and_numbers_that_name_steps(target):
    Loss("cross_entropy_over_time").check(target, "task")


def test_numbers_that_name_steps_have_no_other_loss():
    message = "class targets, but task=recall has step targets; choose cross_entropy_over_time"
    with pytest.raises(ValueError, match=f"^loss=kl needs {message}$"):
        Loss("kl").check(Target("steps", 2, every_step=True), "recall")


def test_for_bits_at_every_step_all_that_fit_are_named():
    message = "class targets, but task=recall has bit targets; choose mse, bce or cross_entropy_over_time"
    with pytest.raises(ValueError, match=f"^loss=kl needs {message}$"):
        Loss("kl").check(EVERY_STEP, "recall")


def test_an_unknown_loss_is_refused():
    with pytest.raises(
        ValueError, match=r"^name must be one of cross_entropy, kl, mse, bce, cross_entropy_over_time, got hinge$"
    ):
        Loss("hinge")


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match=r"^reduction must be one of mean, batchmean, got sum$"):
        Loss(reduction="sum")


@pytest.mark.parametrize(
    ("weight", "message"),
    [(0.0, "must be above 0, got 0.0"), (-1.0, "must be above 0, got -1.0"), (float("inf"), "must be a finite number")],
)
def test_a_last_weight_that_is_not_above_zero_is_refused(weight, message):
    with pytest.raises(ValueError, match=f"^loss.last_weight {message}"):
        Loss(last_weight=weight)


def test_a_last_weight_is_refused_where_the_last_answer_is_the_only_one():
    message = "loss.last_weight must be 1 for task=recall, which has no answer but the last, got 3"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Loss(last_weight=3).check(TARGETS["class"], "recall")


def test_a_last_weight_is_refused_where_the_loss_compares_steps():
    message = (
        "loss.last_weight must be 1 for loss=cross_entropy_over_time, "
        "which compares the steps of a sequence with each other, got 0.5"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        Loss("cross_entropy_over_time", last_weight=0.5).check(EVERY_STEP, "recall")


def test_a_last_weight_fits_answers_at_every_step():
    Loss("bce", last_weight=3).check(EVERY_STEP, "task")


@pytest.mark.parametrize(
    ("name", "smoothing", "message"),
    [
        ("cross_entropy", 1.0, "must be at least 0 and below 1, got 1"),
        ("cross_entropy", -0.5, "must be at least 0 and below 1, got -0.5"),
        ("kl", 0.1, "must be 0 but for loss=cross_entropy, got 0.1 for kl"),
    ],
)
def test_a_smoothing_that_is_no_share_or_of_another_loss_is_refused(name, smoothing, message):
    with pytest.raises(ValueError, match=f"^loss.label_smoothing {message}$"):
        Loss(name, label_smoothing=smoothing)
