"""From plain configs to jobs: every option of every group, every recipe, and how values are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqmem.cells import GRU, LSTM, RNN
from seqmem.config.build import ConfigError, build_job, conf_dir
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.tasks import Adding, BinaryAddition, ConstantPair, Copying, Echo, LongLag, Recall, RowDigits, TemporalOrder
from tests.config.composing import make_setting


def build(*overrides: str) -> Job:
    return make_setting(*overrides).job


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


TASKS = [name for name in options("task") if name not in ("custom", "row_mnist", "table")]  # need files

# The options.


def test_a_task_is_built_by_the_name_of_its_option():
    built = {name: type(build(f"task={name}").task) for name in TASKS}
    assert built == {
        "adding": Adding,
        "binary_addition": BinaryAddition,
        "constant_pair": ConstantPair,
        "copying": Copying,
        "echo": Echo,
        "long_lag": LongLag,
        "recall": Recall,
        "row_digits": RowDigits,
        "temporal_order": TemporalOrder,
    }


def test_a_model_is_built_by_the_name_of_its_option():
    built = {name: build(f"model={name}").network for name in options("model")}
    found = {name: (type(network.cell), network.bidirectional, network.attention) for name, network in built.items()}
    own = {name: network for name, network in built.items() if type(network.cell).__module__ == f"seqmem.cells.{name}"}
    assert all((network.bidirectional, network.attention) == (False, None) for network in own.values())
    assert {name: kind for name, kind in found.items() if name not in own} == {
        "bigru": (GRU, True, None),
        "bilstm": (LSTM, True, None),
        "birnn": (RNN, True, None),
        "gru_cosine_attention": (GRU, False, "cosine"),
        "gru_dot_attention": (GRU, False, "dot"),
        "lstm_cosine_attention": (LSTM, False, "cosine"),
        "lstm_dot_attention": (LSTM, False, "dot"),
        "rnn_cosine_attention": (RNN, False, "cosine"),
        "rnn_dot_attention": (RNN, False, "dot"),
    }


@pytest.mark.parametrize("name", options("optimizer"))
def test_an_optimizers_option_is_its_class_with_its_defaults(name):
    usual = {"adamw": {"weight_decay": 0.01}, "lion": {"beta2": 0.99}}.get(name, {})  # torch's, and lion's paper's
    assert build(f"optimizer={name}", "task=long_lag").optimizer == Optimizer(name, **usual)


@pytest.mark.parametrize("name", [name for name in options("loss") if name != "custom"])
def test_a_loss_is_built_by_the_name_of_its_option(name):
    task = "binary_addition" if name in ("bce", "cross_entropy_over_time") else "recall"
    assert build(f"task={task}", f"loss={name}").loss == Loss(name, "batchmean" if name == "kl" else "mean")


@pytest.mark.parametrize("name", options("recipe"))
def test_a_recipe_builds_a_job(name):
    assert build(f"recipe={name}").name == next(task for task in options("task") if name.startswith(task))


@pytest.mark.parametrize("name", options("experiment"))
def test_an_experiment_builds_a_job(name):
    job = build(f"experiment={name}")
    assert job.seed >= 8000 or job.trials == 1  # whose seeds are swept
    assert job.trials in (1, 10, 50)


def test_recall_is_trained_as_the_protocol_has_it():
    job = build()
    assert (job.task.index, job.task.min_length, job.task.max_length, job.task.num_symbols) == (1, 3, 9, 9)
    assert (job.batch_size, job.epoch, job.max_sequences, job.evaluate_every) == (64, 300 * 64, 30 * 300 * 64, 300 * 64)
    assert job.optimizer == Optimizer("adam", lr=0.001, reset_every_epoch=True)
    assert (job.stop, job.trials, job.seed, job.test_sequences, job.train_set) == (False, 10, 0, 3000, None)


@pytest.mark.parametrize("task", TASKS)
def test_an_override_beats_what_a_task_brings(task):
    job = build(f"task={task}", "batch_size=1", "max_sequences=70", "evaluate_every=14", "optimizer.lr=0.5")
    assert (job.batch_size, job.max_sequences, job.evaluate_every, job.optimizer.lr) == (1, 70, 14, 0.5)


def test_an_override_beats_what_a_recipe_brings():
    assert build("recipe=long_lag_lstm", "hidden=7", "optimizer.lr=0.5").network.hidden == (7,)


# The recipes that were seen to work, typed as overrides.

LOUD = "init.input={normal: 1}"
ECHO = ["task=echo", "model.embedding_size=10", "hidden=[8,8]"]
TYPED = {
    "long_lag, IRNN": (
        ["task=long_lag", "model=rnn", "model.nonlinearity=relu", "hidden=32", "init.input={normal: 0.001}",
         "init.recurrent=identity", "init.bias=zero", "optimizer.lr=0.001", "schedule.name=error", "clip=1"],
        RNN("relu"), (32,), Initialisation({"normal": 0.001}, "identity", "zero"), 0.001,
    ),
    "long_lag, GRU": (
        ["task=long_lag", "model=gru", "hidden=32", LOUD, "init.bias={chrono: 200}", "optimizer.lr=0.02", "clip=1"],
        GRU(), (32,), Initialisation({"normal": 1}, bias={"chrono": 200}), 0.02,
    ),
    "long_lag, LSTM g7,-3": (
        ["task=long_lag", "model=lstm", "hidden=32", LOUD, "init.bias={forget: 7, input: -3}", "optimizer.lr=0.02",
         "clip=1"],
        LSTM(), (32,), Initialisation({"normal": 1}, bias={"forget": 7, "input": -3}), 0.02,
    ),
    "long_lag, LSTM b6": (
        ["task=long_lag", "model=lstm", "hidden=32", LOUD, "init.bias={forget: 6, input: -6}", "optimizer.lr=0.02",
         "clip=1"],
        LSTM(), (32,), Initialisation({"normal": 1}, bias={"forget": 6, "input": -6}), 0.02,
    ),
    "long_lag, LSTM chrono": (
        ["task=long_lag", "model=lstm", "hidden=32", LOUD, "init.bias={chrono: 100}", "optimizer.lr=0.02", "clip=1"],
        LSTM(), (32,), Initialisation({"normal": 1}, bias={"chrono": 100}), 0.02,
    ),
    "long_lag, LSTM f5": (
        ["task=long_lag", "model=lstm", "hidden=16", LOUD, "init.bias={forget: 5}", "optimizer.lr=0.01", "clip=1"],
        LSTM(), (16,), Initialisation({"normal": 1}, bias={"forget": 5}), 0.01,
    ),
    "temporal_order, LSTM chrono": (
        ["task=temporal_order", "model=lstm", "hidden=16", LOUD, "init.bias={chrono: 100}", "optimizer.lr=0.03",
         "clip=1"],
        LSTM(), (16,), Initialisation({"normal": 1}, bias={"chrono": 100}), 0.03,
    ),
    "temporal_order, GRU chrono": (
        ["task=temporal_order", "model=gru", "hidden=32", LOUD, "init.bias={chrono: 200}", "optimizer.lr=0.02",
         "clip=1"],
        GRU(), (32,), Initialisation({"normal": 1}, bias={"chrono": 200}), 0.02,
    ),
    "echo, RNN": ([*ECHO, "model=rnn"], RNN(), (8, 8), Initialisation(), 0.1),
    "echo, bidirectional LSTM": ([*ECHO, "model=bilstm"], LSTM(), (8, 8), Initialisation(), 0.1),
    "addition, LSTM": (
        ["task=binary_addition", "model=lstm", "hidden=10"], LSTM(), (10,), Initialisation(), 0.001,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_a_recipe_can_be_typed_as_overrides(name):
    overrides, cell, hidden, init, lr = TYPED[name]
    job = build(*overrides)
    assert (type(job.network.cell), vars(job.network.cell)) == (type(cell), vars(cell))
    assert (job.network.hidden, job.network.init, job.optimizer.lr) == (hidden, init, lr)
    assert job.optimizer.name == "adam"
    assert job.clip == (1.0 if "clip=1" in overrides else None)
    assert job.network.bidirectional == ("model=bilstm" in overrides)


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ("long_lag_irnn", "long_lag, IRNN"),
        ("long_lag_gru", "long_lag, GRU"),
        ("long_lag_lstm", "long_lag, LSTM g7,-3"),
        ("temporal_order_lstm", "temporal_order, LSTM chrono"),
        ("temporal_order_gru", "temporal_order, GRU chrono"),
        ("echo_rnn", "echo, RNN"),
        ("echo_bilstm", "echo, bidirectional LSTM"),
        ("binary_addition_lstm", "addition, LSTM"),
    ],
)
def test_a_recipes_option_is_the_same_setting_as_its_overrides(recipe, name):
    assert make_setting(f"recipe={recipe}").fingerprint == make_setting(*TYPED[name][0]).fingerprint


@pytest.mark.parametrize(
    ("overrides", "values"),
    [
        (["batch_size=16"], {"batch_size": 16}),
        (["task.num_symbols=2"], {}),
        (["max_sequences=571100"], {"max_sequences": 571_100}),
    ],
)
def test_temporal_order_has_its_variants(overrides, values):
    job = build("recipe=temporal_order_lstm", *overrides)
    assert {key: getattr(job, key) for key in values} == values


def test_the_layers_of_a_network_may_have_uniform_ranges_and_zero_to_one_states():
    job = build(
        "task=long_lag", "model=lstm", "hidden=201", "model.initial_state=uniform", "loss=kl", "train_set=2000",
        "batch_size=2000", "init.input={uniform: 0.1}", "init.recurrent={uniform: [-0.1, 0.1]}",
        "init.readout={uniform: 0.1}", "init.bias={constant: -2}",
    )  # fmt: skip
    assert (job.network.initial_state, job.loss, job.epoch) == ("uniform", Loss("kl", "batchmean"), 2000)
    assert job.network.init == Initialisation({"uniform": 0.1}, {"uniform": [-0.1, 0.1]}, {"constant": -2},
                                              readout={"uniform": 0.1})  # fmt: skip


def test_biases_can_have_a_rule_a_layer_from_the_command_line():
    job = build("task=temporal_order", "hidden=[2,4,8]", "init.bias_ih=[{constant: -2},{constant: -4},{constant: -6}]")
    biases = [job.network.initial_weights(0)[f"recurrent.bias_ih_l{depth}"] for depth in range(3)]
    assert [set(bias.tolist()) for bias in biases] == [{-2}, {-4}, {-6}]


def test_hidden_units_may_be_the_output_and_losses_be_summed_over_steps():
    job = build("task=echo", "model.readout=none", "hidden=4", "loss.reduction=batchmean", "max_sequences=15")
    assert (job.network.readout, job.loss, job.max_steps) == ("none", Loss(reduction="batchmean"), 15)


def test_the_learning_rate_may_fall_with_the_error():
    assert build("schedule.name=error", "schedule.floor=0.05").schedule == Schedule("error", floor=0.05)


# How values are read.


@pytest.mark.parametrize(("typed", "hidden"), [("5", (5,)), ("[5]", (5,)), ("[8,4,2]", (8, 4, 2)), ("1e1", (10,))])
def test_hidden_is_a_number_or_a_list_of_them(typed, hidden):
    assert build(f"hidden={typed}").network.hidden == hidden


def test_a_whole_number_may_be_written_as_a_float():
    job = build("max_sequences=1e5")
    assert (job.max_sequences, type(job.max_sequences)) == (100_000, int)


def test_a_number_may_be_written_as_a_whole_one():
    assert isinstance(build("optimizer.lr=1").optimizer.lr, float)


@pytest.mark.parametrize("key", ["train_set", "clip", "model.embedding_size"])
def test_null_means_not_set(key):
    assert make_setting(f"{key}=null").fingerprint == make_setting().fingerprint


def test_seed_zero_is_a_seed():
    assert build("seed=0").seed == 0


def test_an_option_gives_a_task_its_name_in_messages():
    with pytest.raises(ConfigError, match="task=binary_addition has bit targets"):
        build("task=binary_addition", "loss=kl")


def test_a_class_of_ones_own_gives_its_own_name():
    assert build("task=custom", "task._target_=tests.engines.reference.own.Adding", "loss=mse").name == "Adding"


def test_a_class_of_ones_own_takes_no_arguments_of_the_option_in_its_place():
    setting = make_setting("model._target_=seqmem.cells.LSTM", "model.embedding_size=3")
    assert "nonlinearity" not in setting.config["model"]
    assert setting.job.network.embedding_size == 3


def test_a_class_of_ones_own_takes_the_arguments_that_were_given():
    setting = make_setting("task=echo", "task._target_=seqmem.tasks.Recall", "+task.index=2")
    assert (setting.job.task.index, setting.job.task.max_length) == (2, 9)


def test_a_job_is_built_from_a_config_that_was_stored():
    setting = make_setting("recipe=long_lag_lstm")
    again = build_job(setting.config)
    assert again.network.hidden == setting.job.network.hidden
    assert again.optimizer == setting.job.optimizer


@pytest.mark.parametrize("group", ["task", "model", "hidden", "optimizer", "trials"])
def test_a_stored_config_without_a_key_is_refused(group):
    config = {key: value for key, value in make_setting().config.items() if key != group}
    with pytest.raises(ConfigError, match=rf"^{group} must be given$"):
        build_job(config)


def test_a_value_that_is_missing_is_refused():
    with pytest.raises(ConfigError, match=r"^task._target_ must be given$"):
        build_job({**make_setting("task=recall").config, "task": {"_target_": "???"}})


def test_the_options_are_beside_the_package_in_a_checkout():
    assert conf_dir() == Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("+task.more=9999999999999999999", "config: expected int <= 9223372036854775807, in task"),
        (f"+task.more={'x' * 10_001}", "config: expected str of length <= 10000, in task"),
        (f"+task.more={'[' * 10}{']' * 10}", "config: expected bool | int | float | str | null, got array, in task"),
    ],
)
def test_a_config_that_could_not_be_read_back_is_refused(override, words):
    with pytest.raises(ConfigError) as error:
        build("task=custom", "task._target_=tests.config.test_build.Greedy", override)
    assert str(error.value).startswith(words)


class Greedy(Recall):
    """A task that takes anything."""

    def __init__(self, more: object = None) -> None:
        super().__init__()
