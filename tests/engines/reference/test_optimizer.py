from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqmem.cells import RNN
from seqmem.engines.reference.optimizer import StackedOptimizer
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from tests.engines.reference.nets import AnyTask
from tests.engines.reference.plain import lr_plainly, make_torch_optimizer

M, P, STEPS = 3, 11, 20

TASK = AnyTask()
JOB = Job(Network(TASK, RNN(), (2,)))

# Numbers that differ from trial to trial, by rule.
NUMBERS = {
    "sgd": [
        {"lr": 0.1},
        {"lr": 0.02, "momentum": 0.9},
        {"lr": 0.3, "momentum": 0.5, "weight_decay": 0.1},
    ],
    "adam": [
        {"lr": 0.01},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "weight_decay": 0.2},
        {"lr": 0.002, "beta1": 0.0, "eps": 1e-3},
    ],
    "adamw": [
        {"lr": 0.01, "weight_decay": 0.01},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "weight_decay": 0.5},
        {"lr": 0.002, "eps": 1e-3},
    ],
    "rmsprop": [
        {"lr": 0.01},
        {"lr": 0.1, "alpha": 0.5, "weight_decay": 0.2},
        {"lr": 0.002, "eps": 1e-3},
    ],
}
CLIPS = [None, 0.5, 5.0]


def make_jobs(name: str, clips=(None, None, None), **numbers) -> list[Job]:
    pairs = zip(NUMBERS[name], clips, strict=True)
    return [replace(JOB, optimizer=Optimizer(name, **(own | numbers)), clip=clip) for own, clip in pairs]


def draw(steps: int = STEPS) -> tuple[Tensor, Tensor]:
    """Initial weights (M, P) and gradients (steps, M, P)."""
    generator = torch.manual_seed(0)
    return (
        torch.randn(M, P, dtype=torch.float64, generator=generator),
        torch.randn(steps, M, P, dtype=torch.float64, generator=generator),
    )


def run_stacked(jobs: list[Job], weights: Tensor, gradients: Tensor, resets=()) -> Tensor:
    optimizer = StackedOptimizer(jobs, P, "cpu", torch.float64)
    weights = weights.clone()
    for step, gradient in enumerate(gradients):
        if step in resets:
            optimizer.reset(torch.arange(M))
        optimizer.update(torch.arange(M), weights, gradient, torch.zeros(M), [0] * M)
    return weights


def run_torch(job: Job, weights: Tensor, gradients: Tensor, resets=()) -> Tensor:
    parameter = nn.Parameter(weights.clone())
    optimizer = make_torch_optimizer(job.optimizer, [parameter])
    for step, gradient in enumerate(gradients):
        if step in resets:
            optimizer = make_torch_optimizer(job.optimizer, [parameter])
        parameter.grad = gradient.clone()
        if job.clip is not None:
            nn.utils.clip_grad_norm_([parameter], job.clip)
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("clips", [(None, None, None), CLIPS], ids=["free", "clipped"])
def test_trials_with_numbers_of_their_own_are_updated_as_by_torch(name, clips):
    jobs = make_jobs(name, clips)
    weights, gradients = draw()
    updated = run_stacked(jobs, weights, gradients)
    for m, job in enumerate(jobs):
        expected = run_torch(job, weights[m], gradients[:, m])
        torch.testing.assert_close(updated[m], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_reset_is_a_new_torch_optimizer(name):
    jobs = make_jobs(name)
    weights, gradients = draw()
    updated = run_stacked(jobs, weights, gradients, resets=(7, 15))
    for m, job in enumerate(jobs):
        expected = run_torch(job, weights[m], gradients[:, m], resets=(7, 15))
        torch.testing.assert_close(updated[m], expected, rtol=1e-12, atol=1e-13)


def test_a_reset_of_one_trial_leaves_the_others_as_they_are():
    weights, gradients = draw()
    jobs = make_jobs("adam")
    optimizer = StackedOptimizer(jobs, P, "cpu", torch.float64)
    updated = weights.clone()
    for step, gradient in enumerate(gradients):
        if step == 10:
            optimizer.reset(torch.tensor([1]))
        optimizer.update(torch.arange(M), updated, gradient, torch.zeros(M), [0] * M)
    for m, job in enumerate(jobs):
        expected = run_torch(job, weights[m], gradients[:, m], resets=(10,) if m == 1 else ())
        torch.testing.assert_close(updated[m], expected, rtol=1e-12, atol=1e-13)


def test_trials_that_wait_are_not_updated():
    jobs = make_jobs("adam", CLIPS)
    weights, gradients = draw()
    optimizer = StackedOptimizer(jobs, P, "cpu", torch.float64)
    updated = weights.clone()
    for step, gradient in enumerate(gradients):
        rows = torch.tensor([0, 1, 2] if step % 2 else [0, 2])
        part = updated[rows]
        optimizer.update(rows, part, gradient[rows], torch.zeros(len(rows)), [0] * len(rows))
        updated[rows] = part
    torch.testing.assert_close(updated[1], run_torch(jobs[1], weights[1], gradients[1::2, 1]))
    torch.testing.assert_close(updated[2], run_torch(jobs[2], weights[2], gradients[:, 2]))


def test_a_gradient_is_clipped_to_its_own_trials_norm():
    jobs = [replace(job, optimizer=Optimizer("sgd", lr=1.0)) for job in make_jobs("sgd", CLIPS)]
    _, gradients = draw(1)
    gradients = 100 * gradients
    updated = run_stacked(jobs, torch.zeros(M, P, dtype=torch.float64), gradients)
    norms = [float(gradients[0, 0].norm()), 0.5, 5.0]
    assert updated.norm(dim=1).tolist() == pytest.approx(norms, rel=1e-6)


def test_a_gradient_that_is_not_a_number_leaves_the_other_trials_as_they_are():
    weights, gradients = draw()
    broken = gradients.clone()
    broken[5, 1] = float("nan")
    jobs = make_jobs("adam", CLIPS)
    sound, hit = run_stacked(jobs, weights, gradients), run_stacked(jobs, weights, broken)
    assert torch.equal(sound[[0, 2]], hit[[0, 2]])
    assert hit[1].isnan().all()


SCHEDULES = [
    Schedule("error", error=0.1, floor=0.02, batches=5),
    Schedule("error", error=0.5, floor=0.3, batches=12),
    Schedule("constant"),
]


def run_schedules(optimizer: StackedOptimizer, errors: np.ndarray) -> list[list[float]]:
    """The rate of each trial at each step, as sgd shows it on gradients of 1."""
    rates = []
    for error in errors:
        weights = torch.zeros(M, P, dtype=torch.float64)
        optimizer.update(torch.arange(M), weights, torch.ones_like(weights), torch.from_numpy(error), [0] * M)
        rates.append((-weights[:, 0]).tolist())
    return rates


def schedule_jobs() -> list[Job]:
    numbers = zip(SCHEDULES, (0.1, 0.02, 0.5), strict=True)
    return [replace(JOB, optimizer=Optimizer("sgd", lr=lr), schedule=schedule) for schedule, lr in numbers]


def falling_errors(steps: int) -> np.ndarray:
    return 0.9 ** np.arange(steps)[:, None] * np.random.default_rng(0).uniform(0.5, 1, (steps, M))


def test_the_rate_falls_with_the_mean_error_of_the_last_batches():
    jobs, errors = schedule_jobs(), falling_errors(60)
    rates = run_schedules(StackedOptimizer(jobs, P, "cpu", torch.float64), errors)
    for m, job in enumerate(jobs):
        expected = [lr_plainly(job, errors[: step + 1, m].tolist()) for step in range(60)]
        assert [rate[m] for rate in rates] == pytest.approx(expected, rel=1e-12)


def test_the_falling_rate_goes_from_the_full_one_to_the_floor():
    rates = run_schedules(StackedOptimizer(schedule_jobs(), P, "cpu", torch.float64), falling_errors(90))
    assert rates[0][:2] == pytest.approx([0.1, 0.02])
    assert rates[-1][:2] == pytest.approx([0.1 * 0.02, 0.02 * 0.3])


def test_a_reset_does_not_forget_the_errors():
    errors = falling_errors(40)
    kept, reset = (StackedOptimizer(schedule_jobs(), P, "cpu", torch.float64) for _ in range(2))
    for optimizer in (kept, reset):
        run_schedules(optimizer, errors[:30])
    reset.reset(torch.arange(M))
    assert run_schedules(reset, errors[30:]) == run_schedules(kept, errors[30:])


@pytest.mark.parametrize("name", NUMBERS)
def test_a_trial_goes_on_from_its_state_in_another_stack(name):
    jobs = [replace(job, schedule=schedule) for job, schedule in zip(make_jobs(name), SCHEDULES, strict=True)]
    weights, gradients = draw()
    errors = torch.from_numpy(falling_errors(STEPS))
    first = StackedOptimizer(jobs, P, "cpu", torch.float64)
    through = weights.clone()
    for step in range(10):
        first.update(torch.arange(M), through, gradients[step], errors[step], [0] * M)
    alone = StackedOptimizer(jobs[:1], P, "cpu", torch.float64)  # its window is shorter than the stack's
    alone.load_state(0, first.state(0))
    split = through[:1].clone()
    for step in range(10, STEPS):
        first.update(torch.arange(M), through, gradients[step], errors[step], [0] * M)
        alone.update(torch.arange(1), split, gradients[step, :1], errors[step, :1], [0])
    torch.testing.assert_close(split, through[:1], rtol=1e-14, atol=0)


def test_a_state_is_a_copy():
    optimizer = StackedOptimizer(make_jobs("adam"), P, "cpu", torch.float64)
    weights, gradients = draw(2)
    optimizer.update(torch.arange(M), weights, gradients[0], torch.zeros(M), [0] * M)
    state = optimizer.state(0)
    before = state["optimizer"]["mean"].copy()
    optimizer.update(torch.arange(M), weights, gradients[1], torch.ones(M), [0] * M)
    np.testing.assert_array_equal(state["optimizer"]["mean"], before)
    assert state["updates"] == 1


def find_rates(schedule: Schedule, steps: int, **values) -> list[float]:
    """The learning rate of each step: what plain gradient descent moves by along a gradient of ones."""
    job = replace(JOB, optimizer=Optimizer("sgd", lr=0.5), schedule=schedule, **values)
    optimizer, weights = StackedOptimizer([job], P, "cpu", torch.float64), torch.zeros(1, P, dtype=torch.float64)
    rates = []
    for step in range(steps):
        before = weights[0, 0].item()
        optimizer.update(torch.tensor([0]), weights, torch.ones_like(weights), torch.zeros(1), [step])
        rates.append(before - weights[0, 0].item())
    return rates


def test_the_rate_rises_over_the_warmup_in_equal_steps():
    rates = find_rates(Schedule(warmup=100), 8, batch_size=25)
    assert rates == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.5, 0.5])


def test_the_rate_falls_along_half_a_cosine_to_its_floor():
    rates = find_rates(Schedule("cosine", floor=0.2, warmup=20), 12, batch_size=10, max_sequences=100)
    falling = [0.5 * (0.2 + 0.8 * 0.5 * (1 + np.cos(np.pi * step / 8))) for step in range(8)]
    assert rates == pytest.approx([0.25, 0.5, *falling, 0.1, 0.1])


def test_lion_is_that_of_its_paper():
    job = replace(JOB, optimizer=Optimizer("lion", lr=0.1, beta1=0.6, beta2=0.8, weight_decay=0.3))
    weights, gradients = draw()
    found = run_stacked([job] * M, weights, gradients)
    expected, mean = weights.numpy().copy(), np.zeros((M, P))
    for gradient in gradients.numpy():
        update = np.sign(0.6 * mean + 0.4 * gradient)
        mean = 0.8 * mean + 0.2 * gradient
        expected -= 0.1 * (update + 0.3 * expected)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_penalties_apply_to_the_parameters_that_were_named():
    network = JOB.network
    job = replace(JOB, optimizer=Optimizer("sgd", lr=1.0, l1=0.25, weight_decay=0.5, penalised=["readout.weight"]))
    weights = torch.full((1, network.num_parameters), -2.0, dtype=torch.float64)
    optimizer = StackedOptimizer([job], network.num_parameters, "cpu", torch.float64)
    optimizer.update(torch.tensor([0]), weights, torch.zeros_like(weights), torch.zeros(1), [0])
    moved = network.unpack(weights[0].numpy() + 2)
    for name, values in moved.items():
        assert set(values.ravel()) == ({0.25 + 0.5 * 2} if name == "readout.weight" else {0.0})


def test_a_pattern_of_no_parameter_is_refused():
    with pytest.raises(ValueError, match=r"optimizer.penalised must match parameters, readuot\.\* none of recurrent"):
        replace(JOB, optimizer=Optimizer(l1=0.1, penalised=["readuot.*"]))
