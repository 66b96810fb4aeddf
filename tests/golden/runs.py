"""The runs: every cell, loss, optimizer and task at least once, some hundred training sequences each."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqmem import run
from seqmem.job.data import TrainingData, draw_test_set
from seqmem.job.job import Job
from seqmem.records.provenance import describe_origin, read_versions
from seqmem.tasks import Sequences
from seqmem.training.outcome import Outcome
from tests.config.composing import make_setting

SHORT = ("trials=2", "max_sequences=640", "evaluate_every=320", "test_sequences=100", "threads=1", "batch_size=32")
RUNS = {
    "recall, rnn": "task=recall model=rnn hidden=5",
    "recall, gru, reference": "task=recall model=gru hidden=5 engine=reference",
    "recall, cosine attention, reference": "task=recall model=lstm_cosine_attention hidden=10 engine=reference",
    "long_lag, irnn, kl": "task=long_lag task.p=12 model=rnn model.nonlinearity=relu hidden=9 loss=kl clip=1 "
    "init.input={normal:0.1} init.recurrent=identity init.bias=zero",
    "long_lag, lstm, every step": "task=long_lag task.p=12 task.error_at=every model=lstm hidden=8 train_set=200 "
    "loss.reduction=batchmean schedule.name=error init.bias={forget:3,input:-1} model.initial_state=uniform",
    "temporal_order, lstm, mse": "task=temporal_order model=lstm hidden=6 loss=mse optimizer=rmsprop max_sequences=320",
    "binary_addition, gru, bce": "task=binary_addition model=gru hidden=7 optimizer=adamw init.readout={uniform:0.1}",
    "binary_addition, literal": "task=binary_addition loss=cross_entropy_over_time model=lstm hidden=6 task.max_bits=5",
    "echo, bilstm": "task=echo model=bilstm hidden=[4,3] model.embedding_size=4 optimizer=sgd optimizer.momentum=0.9 "
    "batch_size=1 max_sequences=40 evaluate_every=20 test_sequences=1",
    "row_digits, gru": "task=row_digits model=gru hidden=8",
    "recall, rnn, lion": "task=recall model=rnn hidden=5 optimizer=lion optimizer.l1=1e-3 schedule.name=cosine "
    "schedule.warmup=64 optimizer.penalised=[recurrent.weight_*]",
    "adding, lstm": "task=adding task.T=20 model=lstm hidden=6",
    "copying, gru, symbols only": "task=copying task.T=5 task.num_copied=3 task.error_at=copy model=gru hidden=6",
    "constant_pair, chain, reference": "task=constant_pair model=lstm_chain hidden=1 batch_size=2 max_sequences=40 "
    "evaluate_every=20 test_sequences=2 engine=reference",
}  # fmt: skip


def describe(name: str) -> dict[str, Any]:
    """What a run gives.

    exact: What is the same on every machine: hashes of initial weights, test set and first
        batches, which come from numpy's generators by way of uniform and normal numbers; counts.
    close: What may differ in its last bits: curves, and the norms of the trained weights.
    bytes: Hash of all trained weights and of the curves, on one kind of machine.
    """
    setting = make_setting(*SHORT, *RUNS[name].split())
    (outcomes,) = run([setting.job], engine=setting.choice.engine.name, threads=1, progress=False)
    job, seed = setting.job, setting.job.seed
    return {
        "exact": {
            "parameters": job.network.num_parameters,
            "initial": hash_arrays(job.network.initial_weights(seed)),
            "test": hash_sequences(draw_test_set(job, seed)),
            "training": hash_training(job, seed),
            "trials": [[o.result.seed, o.result.status, o.result.sequences, len(o.curve)] for o in outcomes],
        },
        "close": {
            "train_loss": [point.train_loss for outcome in outcomes for point in outcome.curve],
            "test_loss": [outcome.result.test_loss for outcome in outcomes],
            "norms": [float(np.linalg.norm(value)) for outcome in outcomes for value in outcome.weights.values()],
        },
        "bytes": hash_outcomes(outcomes),
    }


def describe_machine() -> dict[str, str]:
    """What the last bits depend on."""
    setting = make_setting()
    versions = {key: value for key, value in read_versions().items() if key not in ("seqmem", "python")}
    origin = describe_origin(setting.choice)
    return versions | {key: origin[key] for key in ("processor", "vectors")}


def hash_arrays(arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()[:16]


def hash_sequences(sequences: Sequences) -> str:
    lengths = sequences.lengths.astype(np.int64)
    return hash_arrays({"inputs": sequences.inputs, "lengths": lengths, "targets": sequences.targets})


def hash_training(job: Job, seed: int) -> str:
    data = TrainingData(job, seed)
    return " ".join(hash_sequences(data.next_batch()) for _ in range(3))


def hash_outcomes(outcomes: list[Outcome]) -> str:
    arrays = {f"{o.result.seed}.{name}": value for o in outcomes for name, value in o.weights.items()}
    losses = [point.train_loss for outcome in outcomes for point in outcome.curve]
    return hash_arrays(arrays | {"curves": np.array(losses, np.float64)})
