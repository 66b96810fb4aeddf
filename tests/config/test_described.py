"""Jobs that were built in Python, as the command line would have made them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from seqmem import Initialisation, Job, Loss, Network, Optimizer, Schedule, tasks
from seqmem.cells import GRU, LSTM, RNN, LSTMChain
from seqmem.config.build import build_job, conf_dir
from seqmem.config.described import describe_job
from seqmem.sweep import Setting
from seqmem.tasks import BinaryAddition, LongLag, Recall, RowDigits
from tests.config.composing import make_setting
from tests.engines.reference.own import Adding, Leaky


def options(group: str, *without: str) -> list[str]:
    return [f"{group}={path.stem}" for path in sorted((conf_dir() / group).glob("*.yaml")) if path.stem not in without]


COMMANDS = [
    [],
    *([option] for option in options("task", "custom", "row_mnist", "table")),  # which need what is not here
    *([option] for option in options("model", "lstm_cosine_attention", "gru_cosine_attention", "rnn_cosine_attention")),
    *([option, "hidden=[4,10]"] for option in options("model") if option.endswith("_attention")),
    *([option] for option in options("optimizer")),
    ["loss=mse"],
    ["loss=kl", "task=long_lag"],
    *([option] for option in options("recipe")),
    ["hidden=[8,4]", "init.bias=[{forget:5},chrono]", "init.input={uniform:[0,1]}", "model=lstm", "clip=1"],
    ["task=row_digits", "train_set=100", "epoch=300", "trials=3", "seed=7", "criterion_sequences=null"],
    ["model=gru", "model.readout=last", "optimizer.lr=1e-5", "schedule.name=error", "threads=2", "engine=reference"],
    ["task=custom", "task._target_=tests.engines.reference.own.Adding", "+task.max_length=7", "loss=mse"],
    ["model._target_=tests.engines.reference.own.Leaky", "model.embedding_size=3"],
]

JOBS = {
    "plain": Job(Network(Recall(), LSTM(), 8)),
    "of two layers": Job(Network(LongLag(p=20), GRU(), (8, 4)), seed=3, trials=2, clip=0.5),
    "bidirectional": Job(
        Network(RowDigits(), RNN("relu"), 8, bidirectional=True, readout="last"), train_set=100, test_sequences=9
    ),
    "with attention": Job(Network(Recall(), LSTMChain(3), 4, attention="dot", initial_state="uniform")),
    "of bits": Job(Network(BinaryAddition(3, 5, [6, 7]), LSTM(), 4), Loss("bce", "batchmean")),
    "with rules": Job(Network(Recall(), LSTM(), 4, init=Initialisation({"uniform": [0, 1]}, "orthogonal", "chrono"))),
    "trained in its own way": Job(
        Network(Recall(), GRU(), 4), optimizer=Optimizer("sgd", 0.5, momentum=0.9), schedule=Schedule("error", 0.2)
    ),
    "with adamw": Job(Network(Recall(), GRU(), 4), optimizer=Optimizer("adamw")),
    "with a word": Job(Network(tasks.Echo("it's ", "'stis"), RNN(), 4)),
    "of one's own": Job(Network(Adding(7), Leaky(), 4), Loss("mse")),
}


def show(setting: Setting) -> tuple[object, ...]:
    """What two equal settings have in common."""
    return (
        setting.fingerprint,
        setting.config["task"]["name"],
        setting.config["trials"],
        setting.config["seed"],
        setting.choice,
    )


@pytest.mark.parametrize("overrides", COMMANDS, ids=" ".join)
def test_a_job_is_described_as_the_command_that_made_it(overrides):
    setting = make_setting(*overrides)
    described = describe_job(setting.job, setting.config["engine"], setting.config["device"], setting.config["threads"])
    assert described.config == setting.config
    assert show(described) == show(setting)


@pytest.mark.parametrize("name", JOBS)
def test_the_overrides_of_a_job_make_it_on_the_command_line(name):
    described = describe_job(JOBS[name], "reference")
    made = make_setting(*described.overrides, "engine=reference")
    assert show(made) == show(described)
    assert made.job.network.parameters() == JOBS[name].network.parameters()


@pytest.mark.parametrize("name", JOBS)
def test_a_job_can_be_built_again_from_its_description(name):
    config = {key: value for key, value in describe_job(JOBS[name]).config.items() if not key.endswith("_source")}
    again = build_job(config)
    assert again.network.hidden == JOBS[name].network.hidden
    assert describe_job(again).fingerprint == describe_job(JOBS[name]).fingerprint


def test_only_what_options_leave_otherwise_is_overridden():
    job = Job(Network(LongLag(), LSTM(), 8), optimizer=Optimizer(lr=0.01), batch_size=32, max_sequences=64000)
    assert describe_job(job).overrides == [
        "task=long_lag", "model=lstm", "hidden=8", "optimizer.lr=0.01", "epoch=10000", "evaluate_every=10000",
    ]  # fmt: skip


class Table(Recall):
    """A task that is handed what no config holds."""

    def __init__(self, table, folder: Path = Path("x")) -> None:
        super().__init__()
        self.table, self.folder = table, folder


def test_a_path_is_written_as_text():
    node = describe_job(Job(Network(Table([1], Path("a")), RNN(), 4))).config["task"]
    assert node == {"_target_": f"{__name__}.Table", "table": [1], "folder": "a", "name": "Table"}


def test_what_no_config_holds_is_refused_where_it_is_to_be_kept():
    job = Job(Network(Table(np.zeros(3)), RNN(), 4))
    message = "table of Table must be a plain value to be written to a folder, got [0. 0. 0.]"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        describe_job(job)
    assert describe_job(job, for_good=False).config["task"]["table"] == "ndarray"
