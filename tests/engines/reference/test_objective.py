import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seqmem.engines.reference.objective import compute_loss, compute_scores, to_outputs
from seqmem.job.losses import Loss
from seqmem.tasks import Target
from tests.engines.reference.nets import AnyTask, to_tensors

M, B = 3, 8

TARGETS = {
    "class": Target("class", 5),
    "class_every": Target("class", 5, every_step=True),
    "class_every_scored_last": Target("class", 5, every_step=True, scored="last"),
    "bits": Target("bits", 3),
    "bits_every": Target("bits", 3, every_step=True),
    "real": Target("real", 2, tolerance=0.5),
    "real_every": Target("real", 2, every_step=True, tolerance=0.5),
}
LOSSES = [
    ("cross_entropy", "class"),
    ("kl", "class"),
    ("mse", "class"),
    ("bce", "bits"),
    ("mse", "bits"),
    ("mse", "real"),
]


def draw(target: Target) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Raw outputs, targets and lengths of a stack."""
    rng = np.random.default_rng(0)
    batches = [to_tensors(AnyTask(target=target).sample(rng, B)) for _ in range(M)]
    _, lengths, targets = (torch.stack(column) for column in zip(*batches, strict=True))
    shape = (M, B, 7, target.size) if target.every_step else (M, B, target.size)
    return torch.from_numpy(3 * rng.normal(size=shape)), targets, lengths


def valid(x: torch.Tensor, lengths: torch.Tensor, target: Target) -> torch.Tensor:
    """One trial's entries that have a target, one after the other: (N, ..)."""
    return torch.cat([row[:length] for row, length in zip(x, lengths, strict=True)]) if target.every_step else x


def torch_loss(name: str, raw: torch.Tensor, targets: torch.Tensor, target: Target, reduction: str) -> torch.Tensor:
    """The loss of (N, K) outputs as torch.nn.functional has it."""
    if name == "cross_entropy":
        return F.cross_entropy(raw, targets, reduction=reduction)
    if name == "bce":
        return F.binary_cross_entropy(raw.sigmoid(), targets, reduction=reduction)
    one_hot = F.one_hot(targets, target.size).double() if target.kind == "class" else targets
    if name == "kl":
        return F.kl_div(raw.log_softmax(-1), one_hot, reduction="batchmean" if reduction == "mean" else reduction)
    outputs = {"class": raw.softmax(-1), "bits": raw.sigmoid(), "real": raw}[target.kind]
    return F.mse_loss(outputs, one_hot, reduction=reduction)


@pytest.mark.parametrize(("name", "kind"), LOSSES)
@pytest.mark.parametrize("every_step", ["", "_every"])
def test_a_mean_loss_is_torchs_mean_over_all_that_has_a_target(name, kind, every_step):
    target = TARGETS[kind + every_step]
    raw, targets, lengths = draw(target)
    losses = compute_loss(raw, targets, lengths, target, Loss(name, "mean"))
    for m in range(M):
        entries = (valid(x[m], lengths[m], target) for x in (raw, targets))
        torch.testing.assert_close(losses[m], torch_loss(name, *entries, target, "mean"))


@pytest.mark.parametrize(("name", "kind"), LOSSES)
@pytest.mark.parametrize("every_step", ["", "_every"])
def test_a_batchmean_loss_is_torchs_sum_over_the_number_of_sequences(name, kind, every_step):
    target = TARGETS[kind + every_step]
    raw, targets, lengths = draw(target)
    losses = compute_loss(raw, targets, lengths, target, Loss(name, "batchmean"))
    for m in range(M):
        entries = (valid(x[m], lengths[m], target) for x in (raw, targets))
        torch.testing.assert_close(losses[m], torch_loss(name, *entries, target, "sum") / B)


@pytest.mark.parametrize(("name", "kind"), LOSSES)
def test_gradients_are_those_of_torchs_loss_and_zero_beyond_the_length(name, kind):
    target = TARGETS[kind + "_every"]
    raw, targets, lengths = draw(target)
    raw.requires_grad_()
    loss = compute_loss(raw, targets, lengths, target, Loss(name))
    (ours,) = torch.autograd.grad(loss.sum(), raw)
    entries = [[valid(x[m], lengths[m], target) for x in (raw, targets)] for m in range(M)]
    total = sum(torch_loss(name, *entry, target, "mean") for entry in entries)
    torch.testing.assert_close(ours, torch.autograd.grad(total, raw)[0])


@pytest.mark.parametrize(("name", "kind"), LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "batchmean"])
def test_a_last_weight_of_four_counts_the_answer_at_the_last_step_four_times(name, kind, reduction):
    target = TARGETS[kind + "_every"]
    raw, targets, lengths = draw(target)
    losses = compute_loss(raw, targets, lengths, target, Loss(name, reduction, last_weight=4))
    for m in range(M):
        ends = (torch.arange(B), lengths[m] - 1)
        repeated = (torch.cat([valid(x[m], lengths[m], target), *[x[m][ends]] * 3]) for x in (raw, targets))
        expected = torch_loss(name, *repeated, target, "mean" if reduction == "mean" else "sum")
        torch.testing.assert_close(losses[m], expected / (1 if reduction == "mean" else B))


@pytest.mark.parametrize("reduction", ["mean", "batchmean"])
def test_cross_entropy_over_time_is_torchs_with_the_valid_steps_as_classes(reduction):
    target = TARGETS["bits_every"]
    raw, targets, lengths = draw(target)
    raw.requires_grad_()
    losses = compute_loss(raw, targets, lengths, target, Loss("cross_entropy_over_time", reduction))
    (ours,) = torch.autograd.grad(losses.sum(), raw)
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    count = B * target.size if reduction == "mean" else B
    for m in range(M):
        rows = zip(raw[m], targets[m], lengths[m], strict=True)
        expected = sum(criterion(x[:length].sigmoid()[None], y[:length][None]) for x, y, length in rows) / count
        torch.testing.assert_close(losses[m], expected)
        torch.testing.assert_close(ours[m], torch.autograd.grad(expected, raw)[0][m])


def test_cross_entropy_over_time_is_torchs_for_whole_batches_of_one_length():
    target = TARGETS["bits_every"]
    raw, targets, lengths = draw(target)
    losses = compute_loss(raw, targets, torch.full_like(lengths, 7), target, Loss("cross_entropy_over_time"))
    for m in range(M):
        torch.testing.assert_close(losses[m], torch.nn.CrossEntropyLoss()(raw[m].sigmoid(), targets[m]))


STEPS = Target("steps", 3, every_step=True)


def draw_steps() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    lengths = torch.randint(3, 8, (M, B), generator=generator)
    raw = torch.randn(M, B, 7, 3, generator=generator, dtype=torch.float64)
    return raw, torch.randint(0, 3, (M, B, 3), generator=generator), lengths


@pytest.mark.parametrize("reduction", ["mean", "batchmean"])
def test_the_loss_of_numbers_that_name_steps_is_torchs_with_the_valid_steps_as_classes(reduction):
    raw, targets, lengths = draw_steps()
    losses = compute_loss(raw, targets, lengths, STEPS, Loss("cross_entropy_over_time", reduction))
    each = [
        [F.cross_entropy(r[None, :n], t[None], reduction="sum") for r, t, n in zip(*trial, strict=True)]
        for trial in zip(raw, targets, lengths, strict=True)
    ]
    expected = torch.tensor(each).sum(1) / (B if reduction == "batchmean" else 3 * B)
    torch.testing.assert_close(losses, expected.to(losses.dtype))


def test_numbers_that_name_steps_are_right_where_all_are_largest_there():
    raw, _, lengths = draw_steps()
    beyond = torch.arange(7) >= lengths.unsqueeze(-1)
    named = raw.masked_fill(beyond.unsqueeze(-1), -torch.inf).argmax(2)
    assert not compute_scores(raw, named, lengths, STEPS).wrong.any()
    other = named.clone()
    other[..., 1] = (other[..., 1] + 1) % 3
    scores = compute_scores(raw, other, lengths, STEPS)
    assert scores.wrong.all()
    assert ((scores.largest_error > 0) & (scores.largest_error < 1)).all()
    raw[0, 0, 0, 2] = torch.nan
    assert compute_scores(raw, named, lengths, STEPS).wrong.sum() == 1


def test_the_loss_runs_over_all_steps_where_only_the_last_is_scored():
    raw, targets, lengths = draw(TARGETS["class_every"])
    losses = [
        compute_loss(raw, targets, lengths, TARGETS[name], Loss())
        for name in ("class_every", "class_every_scored_last")
    ]
    torch.testing.assert_close(*losses)


def test_kl_is_the_same_number_as_cross_entropy():
    raw, targets, lengths = draw(TARGETS["class"])
    losses = [compute_loss(raw, targets, lengths, TARGETS["class"], Loss(name)) for name in ("kl", "cross_entropy")]
    torch.testing.assert_close(*losses)


def test_outputs_are_softmax_for_classes_logistic_for_bits_and_raw_for_real_numbers():
    raw = torch.randn(4, 3, dtype=torch.float64, generator=torch.manual_seed(0))
    torch.testing.assert_close(to_outputs(raw, TARGETS["class"]), F.softmax(raw, dim=-1))
    torch.testing.assert_close(to_outputs(raw, TARGETS["bits"]), 1 / (1 + (-raw).exp()))
    assert to_outputs(raw, TARGETS["real"]) is raw


def score_plainly(raw, targets, lengths, target: Target) -> tuple[list[bool], list[float], float]:
    """Wrong and largest error of each sequence of one trial, and the mean error, number by number."""
    wrong, largest, errors = [], [], []
    for row in range(B):
        steps = range(int(lengths[row])) if target.every_step else [...]
        if target.every_step and target.scored == "last":
            steps = [int(lengths[row]) - 1]
        row_wrong, row_errors = False, []
        for step in steps:
            outputs, answer = raw[row][step].tolist(), targets[row][step].tolist()
            if target.kind == "class":
                row_wrong |= max(range(target.size), key=outputs.__getitem__) != answer
                total = sum(math.exp(x) for x in outputs)
                row_errors += [abs(math.exp(x) / total - (k == answer)) for k, x in enumerate(outputs)]
            elif target.kind == "bits":
                row_wrong |= any((x > 0) != (bit == 1) for x, bit in zip(outputs, answer, strict=True))
                row_errors += [abs(1 / (1 + math.exp(-x)) - bit) for x, bit in zip(outputs, answer, strict=True)]
            else:
                row_errors += [abs(x - y) for x, y in zip(outputs, answer, strict=True)]
                row_wrong |= max(row_errors) > target.tolerance
        wrong.append(row_wrong)
        largest.append(max(row_errors))
        errors += row_errors
    return wrong, largest, sum(errors) / len(errors)


@pytest.mark.parametrize("name", TARGETS)
def test_scores_are_those_of_a_plain_count(name):
    target = TARGETS[name]
    raw, targets, lengths = draw(target)
    raw = raw / 6 + targets if target.kind == "real" else raw
    raw[:, ::2] = make_right(raw, targets, target)[:, ::2]
    scores = compute_scores(raw, targets, lengths, target)
    assert 0 < int(scores.wrong.sum()) < M * B
    for m in range(M):
        wrong, largest, mean = score_plainly(raw[m], targets[m], lengths[m], target)
        assert scores.wrong[m].tolist() == wrong
        assert scores.largest_error[m].tolist() == pytest.approx(largest)
        assert float(scores.mean_error[m]) == pytest.approx(mean)


@pytest.mark.parametrize("name", TARGETS)
def test_an_output_that_is_not_a_number_is_wrong(name):
    target = TARGETS[name]
    _, targets, lengths = draw(target)
    shape = (*targets.shape, target.size) if target.kind == "class" else targets.shape
    assert compute_scores(torch.full(shape, math.nan), torch.zeros_like(targets), lengths, target).wrong.all()


@pytest.mark.parametrize("name", ["class_every", "bits_every", "real_every"])
def test_a_mistake_beyond_the_length_is_none(name):
    target = TARGETS[name]
    raw, targets, lengths = draw(target)
    right = make_right(raw, targets, target)
    beyond = (torch.arange(7) >= lengths.unsqueeze(-1)).unsqueeze(-1)
    scores = compute_scores(torch.where(beyond, -right - 1, right), targets, lengths, target)
    assert not scores.wrong.any()


def make_right(raw: torch.Tensor, targets: torch.Tensor, target: Target) -> torch.Tensor:
    """Raw outputs that answer every target."""
    if target.kind == "class":
        return raw + 40 * F.one_hot(targets, target.size)
    return raw.abs() * (2 * targets - 1) if target.kind == "bits" else targets


@pytest.mark.parametrize(("name", "kind"), LOSSES)
def test_an_answer_that_is_not_asked_for_counts_as_little_as_a_step_beyond_the_end(name, kind):
    target = TARGETS[kind + "_every"]
    raw, targets, lengths = draw(target)
    masked, shorter = targets.clone(), (lengths - 1).clamp(min=1)
    beyond = torch.arange(7) >= shorter.unsqueeze(-1)
    masked[beyond] = -1 if kind == "class" else math.nan
    found, expected = (
        (compute_loss(raw, t, n, target, Loss(name)), compute_scores(raw, t, n, target))
        for t, n in ((masked, lengths), (targets, shorter))
    )
    torch.testing.assert_close(found[0], expected[0])
    for part in ("wrong", "largest_error", "mean_error", "answer_error"):
        torch.testing.assert_close(getattr(found[1], part), getattr(expected[1], part))


def test_the_error_of_answers_is_the_share_of_wrong_ones_among_the_scored():
    target = Target("class", 3, every_step=True, scored=2)
    raw = F.one_hot(torch.tensor([[[0, 1, 2, 0], [1, 1, 1, 1]]]), 3).double()
    targets = torch.tensor([[[2, 2, 2, 1], [1, 1, 2, -1]]])
    scores = compute_scores(raw, targets, torch.tensor([[4, 3]]), target)
    assert scores.answer_error.tolist() == [pytest.approx(0.5)]  # right: a 2 and a 1
    assert scores.wrong.tolist() == [[True, True]]


def test_smoothed_labels_are_torchs():
    target = TARGETS["class_every"]
    raw, targets, lengths = draw(target)
    losses = compute_loss(raw, targets, lengths, target, Loss(label_smoothing=0.2))
    for m in range(M):
        entries = (valid(x[m], lengths[m], target) for x in (raw, targets))
        torch.testing.assert_close(losses[m], F.cross_entropy(*entries, label_smoothing=0.2))
