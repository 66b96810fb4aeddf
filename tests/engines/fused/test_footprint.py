"""The memory that the compiled engine is said to need, against what it lays out."""

import pytest

from seqmem.engines.fused.footprint import size_workspace
from seqmem.engines.fused.layout import lay_out
from seqmem.sweep import Setting
from tests.config.composing import make_setting

JOBS = [
    ["task=recall"],
    ["task=recall", "model=lstm", "hidden=100"],
    ["model=bigru", "hidden=[20,30]", "model.embedding_size=7"],
    ["model=lstm", "hidden=[5,5,5]", "model.initial_state=uniform"],
    ["task=long_lag", "model=lstm", "hidden=201"],
    ["task=long_lag", "model=gru", "task.error_at=every", "task.p=300"],
    ["task=temporal_order", "model=gru", "hidden=64"],
    ["task=temporal_order", "model=rnn_dot_attention", "hidden=64"],
    ["task=temporal_order", "model=rnn_cosine_attention", "hidden=[32,8]"],
    ["task=binary_addition", "model=lstm", "hidden=[8,8]", "task.max_bits=50"],
    ["task=temporal_order", "model=exprnn", "hidden=64"],
    ["task=recall", "model=lmu", "model.order=200", "hidden=[20,30]"],
    ["task=recall", "model=slstm", "hidden=100"],
    ["task=recall", "model=deltanet", "hidden=32"],
    ["task=echo", "model=bilstm", "model.embedding_size=10", "hidden=[8,8]"],
]


def estimate(setting: Setting) -> float:
    """Bytes of all its trials side by side."""
    return setting.choice.engine.estimate_memory([(setting.job, setting.job.trials)])


@pytest.mark.parametrize("overrides", JOBS, ids=",".join)
def test_a_workspace_is_as_large_as_it_is_laid_out(overrides):
    job = make_setting(*overrides).job
    for sequences in (job.batch_size, job.test_sequences, 100_000):
        layout = lay_out(job.network, sequences, job.task.max_length)
        needed = 4 * (layout.floats + layout.integers)
        assert size_workspace(job, sequences) == pytest.approx(needed, rel=0.15)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (["trials=1"], ["trials=1000"]),
        (["hidden=10"], ["hidden=1000"]),
        (["test_sequences=30"], ["test_sequences=1000000"]),
        (["batch_size=64"], ["batch_size=6400000"]),
        (["train_set=1000"], ["train_set=300000"]),
        (["schedule.batches=1"], ["schedule.batches=1000000"]),
        (["evaluate_every=100"], ["evaluate_every=100000000", "max_sequences=100000000"]),
        (["task.max_length=9"], ["task.max_length=9000"]),
        (["task=binary_addition"], ["task=binary_addition", "task.test_bits=[5,2000]"]),
        (["threads=1", "batch_size=64000"], ["threads=8", "batch_size=64000"]),
    ],
)
def test_what_takes_more_memory_is_said_to(less, more):
    few, many = make_setting(*less), make_setting(*more)
    assert estimate(few) < 0.8 * estimate(many)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_training_set_of_the_tasks_own_is_not_counted_for_every_trial(engine):
    common = ["task=row_digits", f"engine={engine}", "hidden=2", "batch_size=2", "evaluate_every=2"]
    few, many = (make_setting(*common, f"trials={trials}") for trials in (1, 101))
    grown = estimate(many) - estimate(few)
    assert grown / 100 < 1437 * 64 * 4
