"""Files of options of the user's own that are none, or would fill the memory."""

import time
from pathlib import Path

import hydra
import pytest

from seqmem.config.build import ConfigError
from seqmem.config.files import MOST_BYTES, check_files
from tests.command import call, elsewhere  # noqa: F401

HYDRA_1_3 = hydra.__version__.startswith("1.3")  # newer versions read YAML by libyaml, with words of its own
UNCLOSED = "expected ',' or ']', but got '<stream end>'" if HYDRA_1_3 else "did not find expected ',' or ']'"
GLOBAL = "# @package _global_\n"


def bomb(depth: int) -> str:
    """Ten to the power of so many values, in some lines."""
    lines = [f"a0: &a0 [{','.join('x' * 10)}]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, depth)]
    return GLOBAL + "\n".join(lines) + "\n"


@pytest.fixture
def write_option(elsewhere):  # noqa: F811
    def write(name: str, content: str) -> Path:
        path = elsewhere / "mine" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- a\n", "experiment=x must be a file of keys, as key: value, that begins with # @package _global_"),
        ("", "experiment=x must be a file of keys, as key: value, that begins with # @package _global_"),
        ("hidden: 3\n", "experiment=x must be a file of keys, as key: value, that begins with # @package _global_"),
        ("3\n", "experiment=x: a file of options must hold keys, as key: value"),
        (f"{GLOBAL}hidden: 3\nhidden: 4\n", "{path}, line 3: found duplicate key hidden"),
        (f"{GLOBAL}hidden: [3\n", f"{{path}}, line 3: {UNCLOSED}"),
    ],
)
def test_a_file_of_options_that_is_none_is_told_in_one_line(content, message, write_option, elsewhere):  # noqa: F811
    path = write_option("experiment/x", content)
    finished = call("--config-dir", "mine", "experiment=x")
    assert (finished.code, finished.err) == (2, f"seqmem: {message.format(path=path)}\n")
    assert [path.name for path in elsewhere.iterdir()] == ["mine"]


@pytest.mark.parametrize("folder", [["--config-dir", "mine"], ["-cd", "mine"], ["--config-dir=mine"]])
def test_aliases_that_would_fill_the_memory_are_refused_at_once(folder, write_option):
    write_option("experiment/x", bomb(depth=12))
    start = time.process_time()
    finished = call("experiment=x", *folder)
    assert time.process_time() - start < 5
    message = "mine/experiment/x.yaml has aliases that stand for more than 100,000 keys and values"
    assert (finished.code, finished.err) == (2, f"seqmem: {message}\n")


@pytest.mark.parametrize("path", ["config", "model/x", "hydra/launcher/x"])
@pytest.mark.parametrize("flag", ["hydra.searchpath=[pkg://nowhere,'file://{}']", "--config-path={}"])
def test_every_folder_of_options_is_looked_through(path, flag, write_option, elsewhere):  # noqa: F811
    write_option(path, "a: &a\n  b: *a\n")
    with pytest.raises(ConfigError, match="has aliases that stand for more than 100,000 keys and values"):
        check_files([flag.format(elsewhere / "mine")])


def test_a_file_that_is_too_large_for_options_is_refused(write_option):
    with write_option("model/x", "").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ConfigError, match=r"x\.yaml is too large for a file of options: more than 1,000,000 bytes"):
        check_files(["--config-dir", "mine"])


@pytest.mark.parametrize(
    "content", [bomb(depth=4), "a: &a [1]\nb: *a\n", "a: '& *'\n", "a: [&, *\n", "", "a: &a 1\n---\nb: *a\n"]
)
def test_other_files_are_left_to_whoever_reads_them(content, write_option):
    write_option("model/x", content)
    check_files(["--config-dir", "mine"])


def test_an_option_with_aliases_is_an_option(write_option):
    write_option("experiment/x", f"{GLOBAL}init:\n  input: &rule {{normal: 1}}\n  recurrent: *rule\n")
    assert call("--config-dir", "mine", "experiment=x", "dry_run=true").code == 0
