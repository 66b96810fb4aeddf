"""Every bad input: one line, exit code 2, nothing written."""

import sys
from pathlib import Path

import hydra
import pytest

from seqmem.config.before_run import RefusedError
from seqmem.config.build import KEYS, ConfigError, conf_dir
from seqmem.config.errors import explain_group, one_line
from tests.command import call, elsewhere  # noqa: F401

LAUNCHERS = "basic, joblib, stacked, stacked_local, stacked_slurm"
MODELS = ", ".join(sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml")))
EXPERIMENTS = ", ".join(sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml")))
RECALL = "task.alphabet_size, task.index, task.max_length, task.min_length, task.num_symbols, task.one_length"
HYDRA_1_3 = hydra.__version__.startswith("1.3")  # newer versions word some of their messages otherwise
OPTIMIZERS = "adam, adamw, lion, rmsprop, sgd"
ADAM = (
    "optimizer.beta1, optimizer.beta2, optimizer.eps, optimizer.l1, optimizer.lr, optimizer.name, optimizer.penalised, "
    "optimizer.reset_every_epoch, optimizer.weight_decay"
)
OWN = """
from seqmem.tasks import Recall
class Task(Recall):
    def __init__(self):
        super().__init__()
        {}
"""
BAD = {
    # Options.
    "model=transformer": f"model=transformer is not an option; choose {MODELS}",
    "model=lsmt": f"model=lsmt is not an option; did you mean lstm? choose {MODELS}",
    "model=minrgu": f"model=minrgu is not an option; did you mean mingru? choose {MODELS}",
    "optimizer=shampoo": f"optimizer=shampoo is not an option; choose {OPTIMIZERS}",
    "loss=hinge": "loss=hinge is not an option; choose bce, cross_entropy, cross_entropy_over_time, custom, kl, mse",
    "hydra/launcher=nope": f"hydra/launcher=nope is not an option; choose {LAUNCHERS}",
    "optimizer=3": f"optimizer=3 is not an option; choose {OPTIMIZERS}",
    "optimizer=[[adam]]": f"optimizer=[[adam]] is not an option; did you mean adam? choose {OPTIMIZERS}",
    "model=null": f"model=null is not an option; choose {MODELS}",
    "model=lstm.yaml": "model=lstm.yaml names a file; write model=lstm",
    "experiment=d3_echo.yaml": "experiment=d3_echo.yaml names a file; write experiment=d3_echo",
    "optimizer={}": f"optimizer={{}} sets nothing; choose {OPTIMIZERS}",
    "model={}": f"model={{}} sets nothing; choose {MODELS}",
    "init={}": "init={} sets nothing; write init.key=value",
    "experiment={}": f"experiment is a group, not a key; choose {EXPERIMENTS}",
    # Keys.
    "hiden=5": "hiden is not a key; did you mean hidden?",
    "lr=0.1": "lr is not a key; did you mean optimizer.lr?",
    "+lr=0.1": "lr is not a key; did you mean optimizer.lr?",
    "index=1": "index is not a key; did you mean task.index?",
    "optimizer.lrr=1": "optimizer.lrr is not a key; did you mean optimizer.lr?",
    "optimizer.momentum=0.9": f"optimizer.momentum is not a key; choose {ADAM}",
    "task.indx=2": "task.indx is not a key; did you mean task.index?",
    "+foo=1": f"foo is not a key; choose {', '.join(sorted(KEYS))}",
    "+task.bogus=1": f"task.bogus is not an argument of Recall; choose {RECALL}",
    "+model.leak=1": "model.leak is not an argument of RNN; choose model.nonlinearity",
    "+task.bag={_target_: pkg.Bag}": f"task.bag is not an argument of Recall; choose {RECALL}",
    "task.one_length={a: [{_target_: os.getcwd}]}": "task.one_length.a.0._target_ cannot name a class; "
    "only task._target_, model._target_ and loss._target_ can",
    "~hidden": "hidden must be given",
    "~task._target_": "task._target_ must be given",
    "init=3": "init must be set key by key, as init.key=value, got 3",
    "schedule=error": "schedule must be set key by key, as schedule.key=value, got error",
    "hydra.sweep.dirr=x": "hydra.sweep.dirr is not a key; did you mean hydra.sweep.dir?",
    # What is no override.
    "foo": "foo is no override; write key=value, as hidden=10",
    "hidden": "hidden is no override; write hidden=value",
    "model": "model is no override; write model=value",
    "lstm": "lstm is no override; write model=lstm",
    "hidden=5=6": "hidden=5=6 is not an override such as key=value: mismatched input '=' expecting <EOF>",
    "hidden=5,6": "hidden=5,6 has several values; add -m to run each, or write hidden=[5,6] for a list",
    # Sizes.
    "hidden=0": "hidden must be positive, got 0",
    "hidden=[8,-1]": "hidden must be positive, got -1",
    "hidden=[]": "hidden must have at least one layer, got []",
    "hidden=abc": "hidden must be a whole number, got abc",
    "hidden=2.5": "hidden must be a whole number, got 2.5",
    "hidden=null": "hidden must be a whole number, got null",
    "hidden=true": "hidden must be a whole number, got true",
    "hidden=[8,[2]]": "hidden must be a whole number, got [2]",
    "model.embedding_size=0": "model.embedding_size must be positive, got 0",
    "model.embedding_size=ten": "model.embedding_size must be a whole number (or null), got ten",
    # Counts.
    "trials=0": "trials must be at least 1, got 0",
    "trials=-1": "trials must be at least 1, got -1",
    "trials=1.5": "trials must be a whole number, got 1.5",
    "batch_size=0": "batch_size must be at least 1, got 0",
    "max_sequences=0": "max_sequences must be at least 1, got 0",
    "test_sequences=0": "test_sequences must be at least 1, got 0",
    "evaluate_every=-1": "evaluate_every must be at least 1, got -1",
    "epoch=0": "epoch must be at least 1, got 0",
    "train_set=0": "train_set must be at least 1, got 0",
    "train_set=60": "batch_size must be at most train_set=60, got 64",
    "seed=-1": "seed must be at least 0, got -1",
    "seed=null": "seed must be a whole number, got null",
    # Numbers.
    "optimizer.lr=-0.1": "optimizer.lr must be above 0, got -0.1",
    "optimizer.lr=0": "optimizer.lr must be above 0, got 0.0",
    "optimizer.lr=fast": "optimizer.lr must be a number, got fast",
    "optimizer.lr=nan": "optimizer.lr must be a finite number, got nan",
    "optimizer.beta1=1": "optimizer.beta1 must be below 1, got 1.0",
    "clip=0": "clip must be above 0, got 0.0",
    "clip=-inf": "clip must be a finite number, got -inf",
    "optimizer.lr=-1e400": "optimizer.lr must be a finite number, got -inf",
    "clip=tight": "clip must be a number (or null), got tight",
    "schedule.floor=2": "schedule.floor must be at most 1, got 2.0",
    # Words.
    "stop=maybe": "stop must be true or false, got maybe",
    "stop=1": "stop must be true or false, got 1",
    "model.bidirectional=yes": "model.bidirectional must be true or false, got yes",
    "device=tpu": "device must be one of auto, cpu, cuda, got tpu",
    "objective=accuracy": "objective must be one of error_rate, mean_test_error, test_loss, unsolved, "
    "sequences_to_criterion, got accuracy",
    "optimizer.name=lamb": "optimizer.name must be one of sgd, adam, adamw, rmsprop, lion, got lamb",
    "loss.name=hinge": "loss.name must be one of cross_entropy, kl, mse, bce, cross_entropy_over_time, got hinge",
    "loss.last_weight=0": "loss.last_weight must be above 0, got 0.0",
    "loss.last_weight=much": "loss.last_weight must be a number, got much",
    "loss.reduction=sum": "loss.reduction must be one of mean, batchmean, got sum",
    "schedule.name=linear": "schedule.name must be one of constant, error, cosine, got linear",
    "model.nonlinearity=gelu": "model.nonlinearity must be one of tanh, relu, linear, got gelu",
    "model.initial_state=ones": "model.initial_state must be one of zeros, uniform, got ones",
    "model.readout=first": "model.readout must be one of last, every, final, none, auto, got first",
    "init.input=loud": "init.input must be one of default, zero, normal, uniform, constant, got loud",
    "init.input={normal:x}": "init.input={normal: ..} needs a number, got x",
    # What does not fit the rest.
    "loss=bce": "loss=bce needs bit targets, but task=recall has class targets; choose cross_entropy, kl or mse",
    "loss.last_weight=2": "loss.last_weight must be 1 for task=recall, which has no answer but the last, got 2",
    "model.readout=every": "model.readout=every does not fit an answer at the end; choose auto, last, final, none",
    "init.bias=chrono": "init.bias=chrono needs a cell with a gate that keeps, RNN has none",
    "task.index=3": "task.index must be from 0 to min_length - 1 = 2, got 3",
    "task.index=one": "task.index must be a whole number, got one",
    "task.one_length=word": "task.one_length must be one of batch, sequence, got word",
    # Too large.
    "batch_size=1e16": "batch_size must be at most 1,000,000,000,000,000, got 10000000000000000",
    "trials=1e16": "trials must be at most 1,000,000, got 10000000000000000",
    "hidden=1e19": "hidden must be a whole number of at most 18 digits, got 1e+19",
    "seed=1e17": "seed must be at most 1,000,000,000,000,000, got 100000000000000000",
    "threads=5000": "threads must be at most 4,096 (or null), got 5000",
    "optimizer.lr=1e39": "optimizer.lr must be at most 3.4e+38, got 1e+39",
    "init.input={normal:1e300}": "init.input={normal: ..} must be at most 1e+30, got 1e+300",
    # Hydra's own.
    "hydra/launcher=null": f"hydra/launcher=null is not an option; choose {LAUNCHERS}",
    "hydra/sweeper=3": "hydra/sweeper=3 is not an option; choose basic, grid",
    "hydra.run.dir=": "hydra.run.dir must name a folder, got ''; write . for the current folder",
    "hydra.run.dir=' '": "hydra.run.dir must name a folder, got ' '; write . for the current folder",
    "hydra.mode=foo": "hydra.mode=foo: Invalid value 'foo', expected one of [RUN, MULTIRUN]"
    if HYDRA_1_3
    else "Invalid hydra.mode 'foo'; expected RUN or MULTIRUN",
    "hydra.run={a:1}": "hydra.run.a is not a key; choose hydra.run.dir",
    "hydra.hydra_logging.version=7": "hydra.hydra_logging.version=7: ValueError: Unsupported version: 7",
    "+hydra.callbacks.a=3": "+hydra.callbacks.a=3: Cannot instantiate config of type int. "
    f"Top level config must be an OmegaConf DictConfig/ListConfig{'' if HYDRA_1_3 else '/TupleConfig'} object,",
    "--nope": "unrecognized arguments: --nope; see --hydra-help",
    "--experimental-rerun=x": (
        "--experimental-rerun would load a pickle, which may do anything; use python -m seqmem.reproduce JOB_DIR"
    ),
    # Interpolations.
    "hidden=${nope}": "hidden=${nope}: Interpolation key 'nope' not found",
    "optimizer.lr=${nope:}": "optimizer.lr=${nope:}: Unsupported interpolation type nope",
    "hidden=${hidden}": "hidden=${hidden}: Recursive interpolation detected",
    # What cannot be read.
    "hidden=ü": "hidden=ü is not an override such as key=value: a letter or bracket in it must be quoted, "
    "as \"key='value'\"",
    "a.b.c=1": f"a is not a key; choose {', '.join(sorted(KEYS))}",
    "optimizer=[]": f"optimizer must be one option, got none; choose {OPTIMIZERS}",
    "optimizer=[adam,sgd]": f"optimizer must be one option, got none; choose {OPTIMIZERS}",
    "+task.name=x": "task.name is the name of the option, and cannot be set; choose task=option",
    # Classes.
    "task=custom": "task._target_ must be given",
    "task._target_=nowhere.Task": "task._target_ must name a class that can be imported, got nowhere.Task: "
    "No module named 'nowhere'",
    "model._target_=seqmem.cells.Nope": "model._target_ must name a class that can be imported, got "
    "seqmem.cells.Nope: module 'seqmem.cells' has no attribute 'Nope'",
    "model._target_=3": "model._target_ must name a class, got 3",
    "task._target_=os.path.join": "task._target_ must name a class, got os.path.join",
    "task._target_=seqmem.cells.LSTM": "task._target_ must be a Task, got seqmem.cells.LSTM",
    "model._target_=pathlib.Path": "model._target_ must be a Cell, got pathlib.Path",
    "model._target_=seqmem.cells.Cell": "model._target_ must have all that a Cell needs, seqmem.cells.Cell lacks step",
}


@pytest.mark.parametrize("override", BAD)
def test_a_bad_input_is_refused_in_one_line_and_nothing_is_written(override, elsewhere):  # noqa: F811
    finished = call(override)
    assert (finished.code, finished.err) == (2, f"seqmem: {BAD[override]}\n")
    assert finished.out == ""
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ("model=rnn,transformer", BAD["model=transformer"]),
        ("hidden=2,0", BAD["hidden=0"]),
        ("optimizer.lr=0.1,-0.1", BAD["optimizer.lr=-0.1"]),
        ("loss=cross_entropy,bce", BAD["loss=bce"]),
        ("hiden=2,3", BAD["hiden=5"]),
        ("task=recall,custom", BAD["task=custom"]),
        ("model=rnn,lstm.yaml", BAD["model=lstm.yaml"]),
        ("model=rnn,{}", BAD["model={}"]),
        ("hydra.sweep.dir=", BAD["hydra.run.dir="].replace("run", "sweep")),
    ],
)
def test_a_sweep_with_one_bad_job_is_refused_before_any_runs(overrides, message, elsewhere):  # noqa: F811
    finished = call("-m", overrides)
    assert (finished.code, finished.err) == (2, f"seqmem: {message}\n")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["task=binary_addition", "loss=kl"], "loss=kl needs class targets, but task=binary_addition has bit targets; "
         "choose mse, bce or cross_entropy_over_time"),
        (["model=lstm", "model.nonlinearity=relu"], "model.nonlinearity is not a key; choose model._target_, "
         "model.attention, model.bidirectional, model.embedding_size, model.initial_state, model.readout"),
        (["model=lstm", "init.bias={forget:5,reset:1}"], "init.bias must name gates of LSTM, input, forget, cell, "
         "output, got reset"),
        (["task=temporal_order", "task.num_symbols=4"], "task.num_symbols must be one of 2, 3, got 4"),
        (["task=echo", "task.answer=hell"], "task.answer must have 5 letters like word=hello, got hell"),
        (["model.readout=none", "hidden=3"], "model.readout=none needs 10 hidden units in the top layer, one for each "
         "output, got 3"),
        (["--config-dir", "/nowhere"], "Additional config directory '/nowhere' not found"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(overrides, message, elsewhere):  # noqa: F811
    finished = call(*overrides)
    assert (finished.code, finished.err) == (2, f"seqmem: {message}\n")
    assert list(elsewhere.iterdir()) == []


def test_a_job_folder_that_the_launcher_would_not_take_is_refused(elsewhere):  # noqa: F811
    finished = call("-m", "hidden=2,3", "hydra.sweep.subdir=${hydra.job.num}")
    assert finished.code == 2
    assert finished.err.endswith(
        "names each setting's folder by its keys, got ${hydra.job.num}; choose hydra/launcher=basic to set it\n"
    )
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("launcher", ["stacked", "basic"])
def test_a_sweep_into_no_folder_is_refused_whatever_launches_it(launcher, elsewhere):  # noqa: F811
    finished = call("-m", "hydra.sweep.dir=", f"hydra/launcher={launcher}")
    assert finished.code == 2
    assert finished.err.startswith("seqmem: hydra.sweep.dir must name a folder, got ''")
    assert list(elsewhere.iterdir()) == []


def test_an_unknown_engine_is_refused(elsewhere):  # noqa: F811
    finished = call("engine=warp")
    assert finished.code == 2
    assert finished.err.startswith("seqmem: engine must be ")
    assert finished.err.endswith(", got warp\n")


def test_cuda_is_refused_where_there_is_none(elsewhere, monkeypatch):  # noqa: F811
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    finished = call("device=cuda")
    message = "device=cuda needs a CUDA device, and torch finds none here; choose auto or cpu"
    assert (finished.code, finished.err) == (2, f"seqmem: {message}\n")


@pytest.mark.parametrize("arguments", [["hydra.run.dir=file/here"], ["-m", "hydra.sweep.dir=file"]])
def test_an_output_folder_that_cannot_be_written_is_refused(arguments, elsewhere):  # noqa: F811
    (elsewhere / "file").write_text("mine")
    finished = call(*arguments)
    assert finished.code == 2
    assert len(finished.err.splitlines()) == 1
    assert finished.err.startswith("seqmem: cannot write ")
    assert finished.err.endswith(
        ": Not a directory; choose another folder with hydra.sweep.dir, or without -m with hydra.run.dir\n"
    )
    assert [(path.name, path.read_text()) for path in elsewhere.iterdir()] == [("file", "mine")]


def test_the_whole_error_is_shown_to_those_who_ask_for_it(elsewhere, monkeypatch):  # noqa: F811
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(RefusedError, match="hidden must be positive, got 0") as caught:
        call("hidden=0", keep_environment=True)
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, ConfigError):
        error = error.__cause__ or error.__context__
    assert error is not None


def test_groups_that_were_given_names_are_not_to_blame():
    assert explain_group(["model=lstm", "hidden=3", "+seed=1", "-m"]) is None


def test_of_several_groups_the_one_without_a_name_is_to_blame():
    assert explain_group(["model=lstm", "loss=2"]).startswith("loss=2 is not an option; choose bce, ")


def test_every_group_has_its_folder():
    assert {path.name for path in conf_dir().iterdir() if path.is_dir()} == {
        "task", "model", "optimizer", "loss", "recipe", "experiment",
    }  # fmt: skip
    assert Path(conf_dir(), "config.yaml").is_file()


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            "raise RuntimeError('no\\nluck')",
            "task._target_ must name a class that can be imported, got broken.Task: no luck",
        ),
        ("raise SystemExit(0)", "task._target_ must name a class that can be imported, got broken.Task: 0"),
        (OWN.format("self.x = 1 / 0"), "task.Task cannot be built: ZeroDivisionError: division by zero"),
        (OWN.format("raise MemoryError"), "task.Task cannot be built: MemoryError: "),
        (OWN.replace("(self)", "(self, x: 'Nope' = 1)"), "task._target_: the arguments of Task cannot be read: "),
    ],
)
def test_a_class_of_ones_own_that_breaks_ends_in_one_line(module, message, elsewhere, monkeypatch):  # noqa: F811
    (elsewhere.parent / "broken.py").write_text(module)
    monkeypatch.syspath_prepend(elsewhere.parent)
    finished = call("task=custom", "task._target_=broken.Task")
    sys.modules.pop("broken", None)
    assert (finished.code, finished.err.count("\n")) == (2, 1)
    assert finished.err.startswith(f"seqmem: {message.strip()}")
    assert list(elsewhere.iterdir()) == []


def test_a_value_that_is_very_long_is_cut_off(elsewhere):  # noqa: F811
    finished = call(f"hidden={'x' * 5000}")
    assert finished.err == f"seqmem: hidden must be a whole number, got {'x' * 200}..\n"


def test_a_value_that_is_nested_too_deeply_is_refused(elsewhere):  # noqa: F811
    finished = call(f"hidden={'[' * 300}{']' * 300}")
    assert (finished.code, finished.err.count("\n")) == (2, 1)
    assert finished.err.endswith(": nested too deeply\n")


def test_a_message_does_nothing_to_a_terminal():
    assert one_line("got \x1b[31mred\n\tand\x00 more") == "got \\x1b[31mred and\\x00 more"


def test_bad_input_for_a_folder_of_ones_own_writes_nothing(elsewhere):  # noqa: F811
    finished = call("hidden=0", "hydra.run.dir=mine")
    assert (finished.code, finished.err) == (2, f"seqmem: {BAD['hidden=0']}\n")
    assert list(elsewhere.iterdir()) == []


def test_a_sweep_is_not_cut_into_batches(elsewhere):  # noqa: F811
    finished = call("-m", "hidden=2,3", "hydra.sweeper.max_batch_size=1")
    assert finished.code == 2
    assert finished.err.startswith("seqmem: hydra.sweeper.max_batch_size must be null, ")
