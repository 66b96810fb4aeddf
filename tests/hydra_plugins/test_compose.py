"""The launcher's own composition against Hydra's."""

from functools import partial

import pytest
from hydra.core.utils import setup_globals
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hydra_plugins.seqmem_stacked._compose import Composer
from seqmem.config.composed import read_composed
from seqmem.config.settings import register_resolver
from tests.config.composing import make_loader

SWEPT = ["trials=3"]  # overrides of the sweep itself


@pytest.fixture(scope="module")
def composed():
    setup_globals()
    register_resolver()
    loader = make_loader()
    master = loader.load_configuration("config", overrides=SWEPT, run_mode=RunMode.MULTIRUN)
    return loader, master, Composer(loader, master)


OVERRIDES = [
    [],
    ["hidden=5"],
    ["model=lstm"],
    ["model=lstm", "hidden=5", "optimizer.lr=0.01"],
    ["hidden=5", "model=bilstm"],
    ["task=long_lag", "batch_size=7"],
    ["recipe=long_lag_lstm"],
    ["recipe=long_lag_lstm", "hidden=7", "init.bias={forget: 5}"],
    ["model=lstm", "init.bias={forget: 5, input: -6}"],
    ["hidden=[8,4,2]"],
    ["+task.extra=1"],
    ["++task.extra=1", "++seed=3"],
    ["~task.index"],
    ["task=echo", "task.word='a b, c=d'", 'task.answer="a b, c=d"'],
    ["task.index=null", "stop=true", "clip=1e-3"],
    ["seed=1", "seed=2"],
    ["optimizer=sgd", "optimizer.momentum=0.9"],
    ["experiment=d4_recall"],
    ["hydra.job.name=other"],
    ["hydra.sweep.dir=elsewhere", "hidden=3"],
    ["hydra.job.config.override_dirname.exclude_keys=[seed]", "seed=3", "hidden=2"],
    ["task.one_length=${optimizer.name}"],
    ["+model@second=lstm"],
    ["seed=1", "seed=2", "seed=1"],
    ["++task.index=2", "+task.extra={a: [1, x], b: null}", "task.extra.b=3"],
    ["init.bias={forget: 5}", "+init.bias={input: 1}"],
    ["init.bias={forget: 5}", "init.bias.forget=6", "init.bias=zero"],
    ["init={bias: zero, input: {normal: 1}}"],
    ["hidden=[8,[4]]", "hidden=[]"],
    ["clip=1e400", "seed=-0", "task.index=007", "batch_size=1_000", "epoch=1.", "trials=.5"],
    ["model._target_=somewhere.Cell", "+model.gain=1"],
    ["task.word=${task.answer}", "task=echo"],
    ["hidden=${trials}", "trials=7"],
    ["optimizer={}", "model.embedding_size=null"],
    ["~stop", "+stop=false"],
]


@pytest.mark.parametrize("overrides", OVERRIDES)
def test_a_job_is_composed_as_hydra_composes_it(composed, overrides):
    loader, master, composer = composed
    try:
        expected = loader.load_sweep_config(master, overrides)
    except ConfigCompositionException:  # Hydra 1.4 lets no job change the sweeper
        with pytest.raises(ConfigCompositionException):
            composer.compose(overrides, 3)
        return
    expected.hydra.job.num = 3
    expected.hydra.job.id = "3"
    ours = composer.compose(overrides, 3)
    assert OmegaConf.to_container(ours, resolve=False) == OmegaConf.to_container(expected, resolve=False)
    assert OmegaConf.get_type(ours.hydra) == OmegaConf.get_type(expected.hydra)


@pytest.mark.parametrize("overrides", OVERRIDES)
def test_the_plain_values_of_a_job_are_those_of_its_config(composed, overrides):
    _, _, composer = composed
    try:
        expected = read_composed(composer.compose(overrides, 0))
    except (OmegaConfBaseException, ConfigCompositionException) as error:  # of an interpolation, or as above
        with pytest.raises(type(error)):
            composer.compose_plainly(overrides)
        return
    ours = composer.compose_plainly(overrides)
    assert repr(ours.config) == repr(expected.config)  # with the types of numbers, and the order of keys
    assert (dict(ours.choices), list(ours.overrides)) == (dict(expected.choices), list(expected.overrides))
    assert composer.find_folder(overrides) == str(composer.compose(overrides, 0).hydra.sweep.dir)


def test_the_jobs_of_a_grid_take_neither_omegaconf_nor_the_parser_each(composed, monkeypatch):
    loader, master, _ = composed
    composer = Composer(loader, master)
    composer.compose_plainly(["model=lstm", "+task.extra=x"])
    monkeypatch.setattr(composer, "compose", partial(pytest.fail, "composed"))
    monkeypatch.setattr(composer.reader.parser, "parse_overrides", partial(pytest.fail, "parsed"))
    jobs = [["model=lstm", f"hidden={n}", f"optimizer.lr={n}e-3", "+task.extra=x"] for n in range(1, 100)]
    assert [composer.compose_plainly(job).config["hidden"] for job in jobs] == list(range(1, 100))


def test_the_jobs_of_a_grid_share_what_they_have_in_common(composed):
    _, _, composer = composed
    first, second = (composer.compose_plainly(["model=lstm", f"hidden={n}"]).config for n in (2, 3))
    assert all(first[group] is second[group] for group in ("task", "model", "init", "optimizer"))


@pytest.mark.parametrize(
    ("folder", "depends"),
    [("runs/${hydra.runtime.choices.task}", False), ("runs/${now:%Y}", False), ("runs/${hidden}", True),
     ("runs/${oc.env:HOME,${hidden}}", True)],
)  # fmt: skip
def test_a_folder_that_depends_on_a_value_is_found_for_each_job(folder, depends, composed):
    loader, _, _ = composed
    master = loader.load_configuration("config", [f"hydra.sweep.dir='{folder}'"], run_mode=RunMode.MULTIRUN)
    composer = Composer(loader, master)
    found = [composer.find_folder([f"hidden={n}"]) for n in (2, 3)]
    assert found == [str(composer.compose([f"hidden={n}"], 0).hydra.sweep.dir) for n in (2, 3)]
    assert all((base.folder is None) == depends for base in composer.bases.values())


@pytest.mark.parametrize("overrides", [["hiden=5"], ["model=transformer"], ["optimizer.bogus=1"], ["~nothing"]])
def test_what_hydra_refuses_is_refused_in_hydras_words(composed, overrides):
    loader, master, composer = composed
    with pytest.raises(Exception) as theirs:
        loader.load_sweep_config(master, overrides)
    for compose in (composer.compose_plainly, partial(composer.compose, number=0)):
        with pytest.raises(type(theirs.value)) as ours:
            compose(overrides)
        assert str(ours.value) == str(theirs.value)


def test_one_job_leaves_the_next_as_it_is(composed):
    _, _, composer = composed
    composer.compose(["hidden=5", "init.bias=zero"], 0)
    later = composer.compose(["trials=4"], 1)
    assert (later.hidden, later.init.bias, later.trials) == (10, "default", 4)


def test_jobs_that_choose_the_same_options_are_composed_from_files_once(composed, monkeypatch):
    loader, master, _ = composed
    composer = Composer(loader, master)
    calls = []
    whole = loader.load_sweep_config
    monkeypatch.setattr(loader, "load_sweep_config", lambda *args: calls.append(args) or whole(*args))
    for number in range(4):
        composer.compose(["model=lstm", f"hidden={number + 1}"], number)
    assert len(calls) == 1
