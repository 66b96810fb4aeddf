"""The state of a job's trials, and what is not taken for one."""

import json
import pickle

import numpy as np
import pytest
import safetensors.numpy

from seqmem import records
from seqmem.records import RecordError

STATES = {
    7: {
        "engine": {
            "weights": np.array([1.5, np.nan, -0.0], np.float32),
            "rng": {"bit_generator": "PCG64", "state": {"state": 2**127 + 1, "inc": 3}},
            "order": [3, 1, 2],
        },
        "progress": {"met_at": None, "points": np.arange(10.0).reshape(2, 5), "wall_time_s": 0.1 + 0.2},
    },
    8: {"engine": {"weights": np.zeros(0, np.float32)}, "progress": {"hopeful": True}},
}


@pytest.fixture
def folder(tmp_path):
    records.write_state(tmp_path, "0123456789ab", STATES)
    return tmp_path


def refuse(folder) -> str:
    with pytest.raises(RecordError) as error:
        records.read_state(folder, "0123456789ab")
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / records.STATE} is damaged: ")
    return message


def test_states_read_back_as_they_were_written(folder):
    found = records.read_state(folder, "0123456789ab")
    np.testing.assert_equal(found, STATES)
    assert found[7]["engine"]["weights"].dtype == np.float32


def test_where_there_is_no_state_there_are_no_states(tmp_path):
    assert records.read_state(tmp_path, "0123456789ab") == {}


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_state_that_was_cut_off_is_refused(folder, share):
    content = (folder / records.STATE).read_bytes()
    (folder / records.STATE).write_bytes(content[: int(share * len(content))])
    refuse(folder)


@pytest.mark.parametrize("offset", [-1, -9, 700])
def test_a_state_with_a_byte_changed_is_refused(folder, offset):
    content = bytearray((folder / records.STATE).read_bytes())
    content[offset] ^= 1
    (folder / records.STATE).write_bytes(content)
    refuse(folder)


def test_a_state_of_another_job_is_refused(folder):
    records.write_state(folder, "ba9876543210", STATES)
    assert "it is of another job, 'ba9876543210'" in refuse(folder)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 64, b"<html>\n", b"\xff" * 100, pickle.dumps(Bomb()), b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"],
)
def test_a_file_that_is_no_state_is_refused_and_never_executed(folder, content):
    (folder / records.STATE).write_bytes(content)
    refuse(folder)


@pytest.mark.parametrize(
    "about",
    [
        None,
        {},
        {"fingerprint": "0123456789ab"},
        {"fingerprint": "0123456789ab", "states": "{}", "sha256": "0"},
        {"fingerprint": "0123456789ab", "states": "[" * 100_000, "sha256": "0"},
        {"fingerprint": "0123456789ab", "states": json.dumps({"7": {"tensor": "x"}}), "sha256": "0"},
    ],
)
def test_a_file_of_arrays_that_is_no_state_is_refused(folder, about):
    content = safetensors.numpy.save({"a": np.zeros(3, np.float32)}, about)
    (folder / records.STATE).write_bytes(content)
    refuse(folder)


def test_the_steps_of_trials_are_read_without_their_arrays(tmp_path):
    states = {seed: {"progress": {"steps": steps}, "engine": {"w": np.ones(3)}} for seed, steps in ((4, 10), (5, 2))}
    records.write_state(tmp_path, "0123456789ab", states)
    assert records.read_steps(tmp_path) == {4: 10, 5: 2}


def test_where_there_is_no_state_there_are_no_steps(tmp_path):
    assert records.read_steps(tmp_path) == {}


@pytest.mark.parametrize("about", [None, {"states": "{"}, {"states": "[]"}, {"states": '{"7": {"progress": {}}}'}])
def test_a_state_without_steps_is_refused(tmp_path, about):
    (tmp_path / records.STATE).write_bytes(safetensors.numpy.save({"a": np.zeros(3, np.float32)}, about))
    with pytest.raises(RecordError, match=r"state\.safetensors is damaged"):
        records.read_steps(tmp_path)
