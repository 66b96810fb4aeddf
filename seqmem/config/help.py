"""What `--help` says: made from the options' files, and from the docstrings of the classes that they build."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqmem.arguments import show, suggest
from seqmem.config.build import (
    GROUPS,
    JOB_KEYS,
    NETWORK_KEYS,
    SWEEP_KEYS,
    ConfigError,
    conf_dir,
    import_class,
)
from seqmem.config.options import read_option
from seqmem.engines.choose import choose_engine
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.records.summary import OBJECTIVES
from seqmem.sweep import Policy

WIDTH = 100
HEAD = """\
Train recurrent networks to remember, and count what they get wrong.

  python -m seqmem.train [-m] [group=option ..] [key=value ..]
  python -m multirun_analysis multirun/TASK

With -m every value may be a list, and every combination is trained:
  python -m seqmem.train -m model=rnn,lstm hidden=2,5,10
"""
MORE = """\
--help task=recall   one option: what it is, its keys, and what else it sets
--help task          a group: its options, or its keys
--help trials        one key; --help keys: all of them
--hydra-help         Hydra's own flags; --config-dir FOLDER adds options of your own (FOLDER/task/mine.yaml)
"""
ABOUT = {
    "recipe": "a network with the training that goes with it; --help recipe lists them",
    "experiment": "a whole study; --help experiment lists them",
}
CLASSES: dict[str, type] = {"init": Initialisation, "optimizer": Optimizer, "loss": Loss, "schedule": Schedule}
Meanings = dict[str, str]


def format_help(words: Sequence[str], own: str | None = None) -> str:
    """The help on some words of a command line, or on all of it if there are none.

    Args:
        words: Options, such as task=recall, groups or keys.
        own: A folder of options of one's own.
    Raises:
        ConfigError: if a word is none of these.
    """
    folders = [conf_dir(), *([Path(own)] if own else [])]
    return "\n".join(_explain(word, folders) for word in words) if words else _give_overview(folders)


def _give_overview(folders: Sequence[Path]) -> str:
    lines = [
        _hang(f"{group}:", ABOUT.get(group) or ", ".join(options), 13)
        for group, options in _list_groups(folders).items()
    ]
    keys = _hang("keys:", ", ".join([*_top_level_keys(), *(f"{group}.*" for group in GROUPS)]), 13)
    return "\n".join([HEAD, *lines, keys, "", MORE])


def _explain(word: str, folders: Sequence[Path]) -> str:
    """The help on one word."""
    groups, keys = _list_groups(folders), _top_level_keys()
    group, _, option = word.partition("=")
    if option and group in groups:
        if option not in groups[group]:
            raise ConfigError(f"{word} is not an option; choose one of {', '.join(groups[group])}")
        return _explain_option(group, option, folders)
    if word == "keys":
        every = keys | {f"{name}.{key}": text for name in GROUPS for key, text in _group_keys(name).items()}
        return _list_meanings(every)
    if word in groups or word in GROUPS:
        titles = {option: _read_title(group, option, folders) for option in groups.get(word, [])}
        options = titles if any(titles.values()) else {f"{word}:": ", ".join(titles)} if titles else {}
        named = {f"{word}.{key}": text for key, text in _group_keys(word).items()} if word in GROUPS else {}
        return "\n".join(filter(None, (_list_meanings(options), _list_meanings(named))))
    name, _, key = word.partition(".")
    found = _group_keys(name) if key and name in GROUPS else keys
    if (key or word) not in found:
        raise ConfigError(f"--help knows no {word}{suggest(word, [*groups, *GROUPS, *keys])}; see --help")
    return _list_meanings({word: found[key or word]})


def _explain_option(group: str, option: str, folders: Sequence[Path]) -> str:
    """An option: what its file says, its class's docstring, its keys with their defaults, and what else it sets."""
    content, remark = read_option(group, option, folders)
    own = content.pop("task", {}) if group == "task" else content if group in GROUPS else {}
    kind = _find_class(f"{group}._target_", own.get("_target_"))
    keys = {f"{group}.{key}": value for key, value in own.items() if key != "_target_"}
    others = {} if own is content else _flatten(content)
    parts = [
        textwrap.fill(remark, WIDTH),
        inspect.getdoc(kind) if kind else "",
        _list_values("Keys and their defaults:", keys),
        _list_values("It also sets:" if keys else "It sets:", others),
    ]
    return "\n\n".join([f"{group}={option}", *filter(None, parts)]) + "\n"


def _list_values(head: str, values: Mapping[str, Any]) -> str:
    return "\n".join([head, *(f"  {key}={show(value)}" for key, value in values.items())]) if values else ""


def _top_level_keys() -> Meanings:
    """What the keys mean that belong to no group."""
    job, network = read_meanings(Job), read_meanings(Network)
    policy, choice = read_meanings(Policy), read_meanings(choose_engine)
    return {
        "hidden": network["hidden"],
        **{key: job[key] for key in JOB_KEYS},
        **{key: choice[key] for key in ("engine", "device", "threads")},
        "objective": f"What a job returns to Hydra's sweepers: {', '.join(OBJECTIVES)}.",
        **{key: policy[key] for key in SWEEP_KEYS},
        "dry_run": "List the settings: what is done, what is left, and about what it takes. Train and write nothing.",
    }


def _group_keys(group: str) -> Meanings:
    """What the keys of a group mean; those of a task or a cell are told with it."""
    if group == "model":
        network = read_meanings(Network)
        return {key: network[key] for key in NETWORK_KEYS}
    return read_meanings(CLASSES[group]) if group in CLASSES else {}


def read_meanings(thing: object) -> Meanings:
    """What the arguments of a class or a function mean, by the `Args` of its docstring."""
    _, _, rest = (inspect.getdoc(thing) or "").partition("\nArgs:\n")
    section = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    found = re.findall(r"^    ([\w, ]+): (.*(?:\n {5,}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in found for name in names.split(", ")}


def _list_groups(folders: Sequence[Path]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {group: set() for group in ("task", "model", "optimizer", "loss")}
    for folder in folders:
        for path in sorted(folder.glob("*/*.yaml")):
            found.setdefault(path.parent.name, set()).add(path.stem)
    return {group: sorted(options) for group, options in found.items()}


def _read_title(group: str, option: str, folders: Sequence[Path]) -> str:
    """An option in one line; classes of one's own are not imported for it."""
    content, remark = read_option(group, option, folders)
    target = (content.get("task", {}) if group == "task" else content).get("_target_")
    kind = _find_class(group, target) if str(target).startswith("seqmem.") else None
    return remark or (inspect.getdoc(kind) or "").partition("\n")[0]


def _find_class(key: str, target: Any) -> type | None:
    """The class that an option names, if it names one."""
    return None if target in (None, "???") else import_class(key, target)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _list_meanings(meanings: Meanings) -> str:
    width = min(28, max(map(len, meanings), default=0) + 2)
    return "\n".join(_hang(key, text, width) for key, text in meanings.items()) + "\n" if meanings else ""


def _hang(head: str, text: str, width: int) -> str:
    """A head and a text beside it, in lines that stand below each other."""
    first = f"{head:<{width}}" if len(head) < width else f"{head} "
    return head if not text else textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * width)
