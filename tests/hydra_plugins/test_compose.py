"""The launcher's own composition against Hydra's."""

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_automatic_config_search_path
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from omegaconf import OmegaConf

from hydra_plugins.seqmem_stacked._compose import Composer
from seqmem.config.build import conf_dir
from seqmem.config.points import register_resolver

SWEPT = ["trials=3"]  # overrides of the sweep itself


@pytest.fixture(scope="module")
def composed():
    setup_globals()
    register_resolver()
    path = create_automatic_config_search_path(calling_file=None, calling_module=None, config_path=str(conf_dir()))
    loader = ConfigLoaderImpl(config_search_path=path)
    master = loader.load_configuration("config", overrides=SWEPT, run_mode=RunMode.MULTIRUN)
    return loader, master, Composer(loader, master)


@pytest.mark.parametrize(
    "overrides",
    [
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
    ],
)
def test_a_job_is_composed_as_hydra_composes_it(composed, overrides):
    loader, master, composer = composed
    expected = loader.load_sweep_config(master, overrides)
    expected.hydra.job.num = 3
    expected.hydra.job.id = "3"
    ours = composer.compose(overrides, 3)
    assert OmegaConf.to_container(ours, resolve=False) == OmegaConf.to_container(expected, resolve=False)
    assert OmegaConf.get_type(ours.hydra) == OmegaConf.get_type(expected.hydra)


@pytest.mark.parametrize("overrides", [["hiden=5"], ["model=transformer"], ["optimizer.bogus=1"], ["~nothing"]])
def test_what_hydra_refuses_is_refused_in_hydras_words(composed, overrides):
    loader, master, composer = composed
    with pytest.raises(Exception) as theirs:
        loader.load_sweep_config(master, overrides)
    with pytest.raises(type(theirs.value)) as ours:
        composer.compose(overrides, 0)
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
