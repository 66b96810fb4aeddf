"""Broken command lines, drawn from the config tree itself: each is known to be bad by how it was made."""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from omegaconf import OmegaConf

from seqmem.config.build import conf_dir
from tests.config.composing import compose_job


def _lines(text: str) -> list[tuple[str, ...]]:
    """Command lines, one a line, as a shell reads them."""
    return [tuple(shlex.split(line)) for line in text.strip().splitlines()]


ABSENT = ("row_mnist", "table")  # options that need files which are not there
GROUPS = ("task", "model", "optimizer", "loss")
# What no key takes, by the kind of its default; `1e30` and `-1` are numbers.
NO_NUMBER = ("abc", "nan", "inf", "-inf", "1e400", "true", "''", "'5'", "{a: 1}", "[[]]", "[a]", "a b", "[1,[2]]")
BAD = {
    bool: ("maybe", "1", "0", "yes", "null", "[true]", "{}", "''", "1.5"),
    int: (*NO_NUMBER, "2.5", "null", "-1", "1e30", "-1e30", "9" * 40),
    float: (*NO_NUMBER, "null", "[1]", "9" * 400),
    str: ("nope", "3", "[x]", "{a: 1}", "true", "''", "1.5", "[[a]]", "nan", "'a b'", "x" * 3000),
    list: ("abc", "nan", "null", "true", "{a: 1}", "[a]", "[[1]]", "[-1]", "''", "1.5"),
    type(None): ("abc", "nan", "inf", "true", "{a: 1}", "-1", "[[1]]", "''", "'5'", "a b"),
}
FLAG_OR_NULL = tuple(value for value in BAD[bool] if value != "null")
ANYWHERE = (
    "${nope}", "${nope.nope}", "${nope:}", "${oc.env:NOPE_NOPE}", "${.}", "${..nope}", "${oc.decode:'['}",
    "${", "${}", "$", "[1,2", "{a:1", '"5', "'5", "5,", ",5", "5,,6", ")", "a(b", "nope(1)", "=5", "[" * 40, "ü", "\\",
    "1,2", "range(1,3)", "choice(1,2)", "interval(1,2)", "sort(a,1)", "glob(*)", "int(x)", "???",
)  # fmt: skip
SWEEPS = ("range(3,3)", "range(1,9,0)", "range(0,1000000000)", "choice()", "1,,2", "glob(*)", "interval(0,1)", "5,nope")
HUGE = {
    "recall": ("hidden", "trials", "batch_size", "test_sequences", "task.max_length", "task.alphabet_size",
               "model.embedding_size", "schedule.batches"),
    "long_lag": ("hidden", "trials", "batch_size", "test_sequences", "task.p", "train_set"),
    "binary_addition": ("hidden", "trials", "batch_size", "test_sequences", "task.max_bits"),
}  # fmt: skip
TOGETHER = _lines("""
loss=bce
task=binary_addition loss=kl
task=echo loss=bce
task=binary_addition loss=cross_entropy
model.readout=every
task=echo model.readout=last
model.readout=none hidden=7
model=lstm model.nonlinearity=relu
init.bias=chrono
model=gru 'init.bias={forget: 1}'
task.index=3
task.min_length=10
task.max_length=2
task.num_symbols=11
task.num_symbols=1
train_set=50
criterion_sequences=5 train_set=3
engine=fused device=cuda
hidden=[]
hidden=[8,0]
task=binary_addition model.embedding_size=4
task=echo task.word=abc
task=echo task.answer=xyzzy
task=long_lag task.p=1
task=temporal_order task.num_symbols=4
task=binary_addition task.min_bits=4
optimizer=sgd optimizer.beta1=0.5
optimizer=adam optimizer.momentum=0.5
optimizer=[adam,sgd]
schedule.floor=2
optimizer.beta1=1
'init.input={normal: -1}'
'init.input={normal: 1e300}'
'init.input={uniform: [2,1]}'
'init.input={normal: 1, uniform: 1}'
'init.recurrent={identity: 2}'
task=custom
~task
~model
~loss
~optimizer
+task@other=echo
+model=lstm
task._target_=os.system
task._target_=..
task._target_=seqmem.cells.LSTM
model._target_=builtins.dict
model._target_=subprocess.Popen
task._target_=nowhere.Task
+model._partial_=true
+model._args_=[1]
+task.name=x
experiment=nope
recipe=3
model=lstm.yaml
optimizer=adam.yaml
recipe=long_lag_lstm.yaml
'optimizer={}'
'model={}'
'task={}'
'init={}'
'schedule={}'
'recipe={}'
'experiment={}'
clip=-inf
threads=5000
""")
HYDRA = _lines("""
hydra/launcher=nope
hydra/launcher=null
hydra/sweeper=3
hydra/sweeper=nope -m
hydra/env=nope
hydra.launcher=foo -m
hydra.launcher=3 -m
hydra.launcher._target_=nope.Foo -m
hydra.sweeper._target_=os.system -m
hydra.sweeper.params=foo -m
hydra.sweeper.params=[1] -m
'+hydra.sweeper.params1={nope: 1}' -m
+hydra.sweeper.params1=3 -m
+hydra.sweeper.nope=3 -m
'm=zip(hidden=[2,3],seed=[1])' -m
'm=zip(hidden=[2,3])' -m
'm=zip(hidden=[2,3],seed=[1,2]' -m
'm=zip(hidden=[2,3],seed=[1,2])'
'+hydra.sweeper.params={hidden: {a: 1}}' -m
'+hydra.sweeper.params={nope: 1}' -m
hydra.mode=foo
hydra.sweeper.max_batch_size=2 -m
hydra/launcher=joblib hydra.launcher.n_jobs=x -m
hydra/launcher=joblib hydra.launcher.nope=1 -m
hydra.run.dir=null
hydra.run.dir=
"hydra.run.dir=' '"
hydra.sweep.dir= -m
-m hydra.sweep.dir=
hydra.sweep.dir= hidden=2 -m seed=3
hydra.run.dir=${nope}
hydra.run.dir=[1]
hydra.run=foo
'hydra.run={a: 1}'
hydra.sweep=foo -m
hydra.sweep.dir=${oc.env:NOPE_NOPE} -m
hydra.sweep.dir=[1] -m
hydra.job.name=null
hydra.job.env_set=foo
hydra.output_subdir=[1]
hydra.verbose=3
hydra/job_logging=nope
hydra.hydra_logging.version=7
+hydra.callbacks.a._target_=nope.A
+hydra.callbacks.a=3
hydra.callbacks=3
hydra.searchpath=foo
hydra.nope=1
hydra=foo
~hydra.run
hydra.runtime.choices=foo
hydra.overrides.task=foo
--nope
--cfg
--cfg nope
--config-dir /nowhere/nowhere
--config-name nope
--resolve
--run --multirun
""")


@dataclass(frozen=True)
class Broken:
    """A command line that is to be refused.

    arguments: The command line.
    names: The message names one of these.
    """

    arguments: tuple[str, ...]
    names: tuple[str, ...] = ()


def draw(number: int, seed: int) -> list[Broken]:
    """Draw broken command lines, the same for the same seed."""
    rng = random.Random(seed)
    kinds = (
        [_wrong_value] * 8
        + [_anywhere] * 3
        + [_misspelt, _option, _huge, _sweep, _together, _together, _hydra, _syntax]
    )
    return [_among_good(rng, rng.choice(kinds)(rng)) for _ in range(number)]


def _options(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml") if path.stem != "custom")


@cache
def leaves() -> list[tuple[tuple[str, ...], str, Any]]:
    """Every key of every option: what chooses the option, the key, and its default."""
    found = {}
    for group in GROUPS:
        for option in _options(group):
            chosen = (f"{group}={option}",)
            if option in ABSENT:
                continue
            if group == "loss" and option not in ("cross_entropy", "kl", "mse"):
                chosen = ("task=binary_addition", *chosen)
            config = OmegaConf.to_container(OmegaConf.masked_copy(compose_job(*chosen), KEPT), resolve=False)
            found |= {(key, chosen): value for key, value in _walk(config) if key.startswith(f"{group}.")}
    rest = OmegaConf.to_container(OmegaConf.masked_copy(compose_job(), KEPT), resolve=False)
    found |= {(key, ()): value for key, value in _walk(rest) if key.partition(".")[0] not in GROUPS}
    return [(chosen, key, value) for (key, chosen), value in found.items()]


KEPT = [str(key) for key in compose_job() if key not in ("hydra", "recipe", "experiment")]


def _walk(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _wrong_value(rng: random.Random) -> Broken:
    """A value of another type, or out of any range."""
    chosen, key, default = rng.choice(leaves())
    values = FLAG_OR_NULL if key == "pack" else BAD[type(default)]
    return Broken((*chosen, f"{key}={rng.choice(values)}"), (key.rpartition(".")[2],))


def _anywhere(rng: random.Random) -> Broken:
    """An interpolation that fails, a list that does not end, a sweep without -m."""
    chosen, key, _ = rng.choice([leaf for leaf in leaves() if isinstance(leaf[2], (int, float))])
    return Broken((*chosen, f"{key}={rng.choice(ANYWHERE)}"), (key.rpartition(".")[2],))


def _misspelt(rng: random.Random) -> Broken:
    """A key that there is not."""
    chosen, key, default = rng.choice(leaves())
    index = rng.randrange(len(key.rpartition(".")[2])) + len(key.rpartition(".")[0] + ".") * ("." in key)
    letter = rng.choice("qzx")
    wrong = rng.choice((key[:index] + letter + key[index:], key[:index] + letter + key[index + 1 :], f"{key}.{letter}"))
    sign = rng.choice(("", "", "+", "++"))
    return Broken(
        (*chosen, f"{sign}{wrong}={'3' if default is None else default}"), (wrong.rpartition(".")[2], wrong, key)
    )


def _option(rng: random.Random) -> Broken:
    """An option that there is not."""
    group = rng.choice((*GROUPS, "recipe", "experiment", "hydra/launcher"))
    word = rng.choice(
        ("nope", "3", "true", "../x", "x" * 300, "{a: 1}", "'a b'", "nope.yaml", "1.5", "[nope]", "-", "[[a]]")
    )
    return Broken((f"{group}={word}",), (group, "nope", word))


def _huge(rng: random.Random) -> Broken:
    """More than any memory holds."""
    task = rng.choice(list(HUGE))
    key = rng.choice(HUGE[task])
    number = rng.choice(("100000000000000", "1e14", "3e13", "123456789012345"))
    batch = ("batch_size=8",) if key == "train_set" else ()
    return Broken((f"task={task}", *batch, f"engine={rng.choice(('auto', 'reference'))}", f"{key}={number}"), (key,))


def _sweep(rng: random.Random) -> Broken:
    """A sweep without values, with too many, or with a bad one."""
    chosen, key, _ = rng.choice([leaf for leaf in leaves() if type(leaf[2]) is int])
    return Broken(("-m", *chosen, f"{key}={rng.choice(SWEEPS)}"), (key.rpartition(".")[2],))


def _together(rng: random.Random) -> Broken:
    """What is right by itself does not fit together."""
    return Broken(rng.choice(TOGETHER))


def _hydra(rng: random.Random) -> Broken:
    """Bad settings of Hydra's own."""
    return Broken(rng.choice(HYDRA))


def _syntax(rng: random.Random) -> Broken:
    """What is no override at all."""
    key = rng.choice(leaves())[1]
    shape = rng.choice(
        ("{}", "{}=1=2", "={}", "{}:1", "{} =1", "{}[0]=1", "+{}", "~{}=nope", "ü{}=1", "{}@=1", "{}@nope=1", "@{}=1")
    )
    return Broken((shape.format(key),), (key.rpartition(".")[2],))


def _among_good(rng: random.Random, broken: Broken) -> Broken:
    """The same among overrides that are good, of keys that it does not set."""
    good = (
        "seed=3",
        "hidden=4",
        "clip=1",
        "optimizer.lr=0.1",
        "threads=1",
        "stop=true",
        "init.input={normal: 1}",
        "trials=2",
    )
    used = " ".join(broken.arguments)
    fitting = [each for each in good if each.partition("=")[0].partition(".")[0] not in used]
    keep = rng.sample(fitting, rng.randrange(min(3, len(fitting) + 1)))
    if "hidden=4" in keep and ("readout=none" in used or "optimizer" in used):
        keep.remove("hidden=4")
    return Broken((*keep, *broken.arguments), broken.names)
