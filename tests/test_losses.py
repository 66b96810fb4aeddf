import pytest

from seqmem.losses import Loss
from seqmem.tasks import Target

TARGETS = {kind: Target(kind, 2) for kind in ("class", "bits", "real")}
FITTING = [("cross_entropy", "class"), ("kl", "class"), ("bce", "bits")] + [("mse", kind) for kind in TARGETS]


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
    ],
)
def test_a_loss_that_does_not_fit_is_refused_with_those_that_do(name, kind, message):
    with pytest.raises(ValueError, match=f"^loss={name} needs {message}$"):
        Loss(name).check(TARGETS[kind], "recall")


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match=r"^loss must be one of cross_entropy, kl, mse, bce, got hinge$"):
        Loss("hinge")


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match=r"^loss.reduction must be mean or batchmean, got sum$"):
        Loss(reduction="sum")
