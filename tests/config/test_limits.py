"""Jobs that do not fit the machine: the key that is to blame, and the most that fits."""

import pytest

from seqmem.config.build import ConfigError
from tests.config.composing import make_setting

GB = 10**9


@pytest.fixture(autouse=True)
def four_gigabytes(monkeypatch):
    monkeypatch.setattr("seqmem.engines.engine.available_memory", lambda: 4 * GB)


@pytest.mark.parametrize("engine", ["fused", "reference"])
@pytest.mark.parametrize(
    ("key", "value", "others"),
    [
        ("hidden", 10**9, []),
        ("hidden", 10**18, ["model=bilstm"]),
        ("trials", 10**6, []),
        ("batch_size", 10**9, []),
        ("test_sequences", 10**12, []),
        ("train_set", 10**12, ["batch_size=2"]),
        ("schedule.batches", 10**12, ["schedule.name=error"]),
        ("model.embedding_size", 10**9, []),
        ("task.max_length", 10**9, []),
        ("task.alphabet_size", 10**9, []),
        ("task.p", 10**9, ["task=long_lag"]),
        ("task.max_bits", 10**9, ["task=binary_addition"]),
    ],
)
def test_a_job_that_needs_too_much_names_the_key_and_the_most_that_fits(key, value, others, engine):
    others = [*others, f"engine={engine}"]
    with pytest.raises(ConfigError) as refused:
        make_setting(*others, f"{key}={value}")
    message = str(refused.value)
    assert message.startswith(f"{key}={value} needs about ")
    assert " of memory, but 4 GB are free; choose at most " in message
    most = int(message.rpartition(" ")[2].replace(",", ""))
    fits = make_setting(*others, f"{key}={most}")
    assert fits.choice.engine.measure(fits.job).least(fits.job.trials) <= 4 * GB
    with pytest.raises(ConfigError, match=f"{key}={most + 1} needs about"):
        make_setting(*others, f"{key}={most + 1}")


def test_one_layer_of_several_is_to_blame():
    with pytest.raises(ConfigError, match=r"^hidden=1000000000 needs .* choose at most [\d,]+$"):
        make_setting("hidden=[8,1000000000]")


def test_where_one_number_is_not_enough_that_is_said():
    with pytest.raises(ConfigError, match=r"^hidden=1000000 needs .* choose less of the rest, too$"):
        make_setting("hidden=[1000000,1000000]")


def test_a_job_that_fits_is_a_setting():
    assert make_setting("hidden=100").job.network.hidden == (100,)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_further_test_that_needs_too_much_is_named(engine):
    with pytest.raises(ConfigError, match=r"^task.test_bits=1000000000 needs about .* choose at most \d"):
        make_setting("task=binary_addition", "task.test_bits=[20,1000000000]", f"engine={engine}")
