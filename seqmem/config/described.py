"""The setting of a job that was built in Python: the config and the overrides that a command line would give it."""

from __future__ import annotations

import copy
import functools
import inspect
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from seqmem import cells, tasks
from seqmem.arguments import read_arguments, show
from seqmem.config.build import GROUPS, JOB_KEYS, NETWORK_KEYS, UNRECORDED, conf_dir
from seqmem.config.limits import check_memory
from seqmem.config.options import read_option
from seqmem.config.stored import read_sources
from seqmem.engines.choose import choose_engine
from seqmem.job.job import Job
from seqmem.job.own_loss import OwnLoss
from seqmem.records import check_recordable
from seqmem.sweep import Setting

Config = dict[str, Any]

OPTION_GROUPS = ("loss", "task", "optimizer", "model")  # in the order in which their options are applied


def describe_job(
    job: Job,
    engine: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    for_good: bool = True,
) -> Setting:
    """The setting of a job; its folder is to be chosen.

    Args:
        job: The job.
        engine: As the config key.
        device: As the config key.
        threads: As the config key.
        for_good: Whether the config must be enough to build the job again.
    Raises:
        ValueError: if it is not, because its task or cell was handed what no config can hold; or
            if there is no such engine or device here.
    """
    choice = choose_engine(job, engine, device, threads)
    options = _find_options(job)
    base = _compose(*options.values())
    config = {**_describe(job, options, base, for_good), "engine": engine, "device": device, "threads": threads}
    if for_good:
        check_recordable(config)
        check_memory(job, choice.engine, config)
    overrides = [*_list_options(options), *_list_differences(config, base)]
    return Setting(job, choice, config | read_sources(job), overrides, Path())


def _find_options(job: Job) -> dict[str, str]:
    """The option of each group that is nearest to a job."""
    target, network = _name_class(job.task), read_arguments(job.network)
    found = (option for option in _list_names("task") if _read("task", option)["task"]["_target_"] == target)
    return {
        "loss": "custom" if isinstance(job.loss, OwnLoss) else job.loss.name,
        "task": next(found, "custom"),
        "optimizer": job.optimizer.name,
        "model": _find_model(_name_class(job.network.cell), network),
    }


def _find_model(target: str, network: Mapping[str, Any]) -> str:
    """The model's option that sets most of what a network has, and nothing that it has not."""
    best, most = "rnn", -1
    for option in _list_names("model"):
        content = _read("model", option)
        own = {key: value for key, value in content.items() if key in NETWORK_KEYS}
        fits = content["_target_"] == target and all(network[key] == value for key, value in own.items())
        if fits and len(own) > most:
            best, most = option, len(own)
    return best


def _describe(job: Job, options: Mapping[str, str], base: Config, for_good: bool) -> Config:
    """The config of a job, but for what chooses its engine."""
    given, network = read_arguments(job), read_arguments(job.network)
    task, cell = (_describe_object(thing, for_good) for thing in (job.task, job.network.cell))
    for node, group in ((task, "task"), (cell, "model")):
        known = node["_target_"] == base[group].get("_target_")
        node["name"] = options[group] if known else node["_target_"].rpartition(".")[2]
    task["name"] = given["name"] or task["name"]
    hidden = job.network.hidden_sizes
    return {
        **base,
        "task": task,
        "model": {**{key: network[key] for key in NETWORK_KEYS}, **cell},
        "hidden": hidden[0] if len(hidden) == 1 else list(hidden),
        "init": {key: _to_plain(value) for key, value in asdict(job.network.init).items()},
        "loss": _describe_loss(job, base["loss"], for_good),
        **{group: _describe_fields(getattr(job, group), base[group]) for group in ("optimizer", "schedule")},
        **{key: given[key] for key in JOB_KEYS},
    }


def _describe_loss(job: Job, option: Mapping[str, Any], for_good: bool) -> Config:
    if isinstance(job.loss, OwnLoss):
        return {**_describe_object(job.loss, for_good), "name": job.loss.name}
    return _describe_fields(job.loss, option)


def _describe_object(thing: object, for_good: bool) -> Config:
    """A task or a cell: its class and arguments, without the defaults of a class of one's own."""
    parameters = inspect.signature(type(thing)).parameters
    node: Config = {"_target_": _name_class(thing)}
    for key, value in read_arguments(thing).items():
        try:
            node[key] = _to_plain(value)
        except TypeError:
            if for_good:
                name = f"{key} of {type(thing).__name__}"
                raise ValueError(f"{name} must be a plain value to be written to a folder, got {show(value)}") from None
            node[key] = type(value).__name__
    usual = (
        set() if _is_built_in(thing) else {key for key in parameters if node.get(key, ...) == parameters[key].default}
    )
    return {key: value for key, value in node.items() if key not in usual}


def _describe_fields(thing: Any, option: Mapping[str, Any]) -> Config:
    """A loss, optimizer or schedule: what is in its option, or not as it is unless given."""
    kept = [
        field.name for field in fields(thing) if field.name in option or getattr(thing, field.name) != field.default
    ]
    return {key: _to_plain(getattr(thing, key)) for key in kept}


def _to_plain(value: Any) -> Any:
    """A value as a config holds it.

    Raises:
        TypeError: if no config can hold it.
    """
    if isinstance(value, (list, tuple, range)):
        return [_to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _to_plain(item) for key, item in value.items()}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise TypeError
    return value


def _is_built_in(thing: object) -> bool:
    return type(thing).__module__.startswith("seqmem.")


def _name_class(thing: object) -> str:
    """The class of a task or a cell, as options name it."""
    kind = type(thing)
    for package in (tasks, cells):
        if getattr(package, kind.__name__, None) is kind:
            return f"{package.__name__}.{kind.__name__}"
    return f"{kind.__module__}.{kind.__qualname__}"


def _list_names(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@functools.cache
def _read(group: str, option: str) -> Config:
    return read_option(group, option, [conf_dir()])[0]


@functools.cache
def _compose(loss: str, task: str, optimizer: str, model: str) -> Config:
    """The config that some options alone make."""
    base: Config = yaml.safe_load((conf_dir() / "config.yaml").read_text(encoding="utf-8"))
    base = {key: value for key, value in base.items() if key not in ("defaults", "hydra", *UNRECORDED)}
    for group, option in zip(OPTION_GROUPS, (loss, task, optimizer, model), strict=True):
        content = copy.deepcopy(_read(group, option))
        for key, value in content.items() if group == "task" else [(group, content)]:
            if isinstance(value, Mapping):
                base[key] |= value
            elif key not in OPTION_GROUPS:  # it would be the task's choice of a loss
                base[key] = value
    return base


def _list_options(options: Mapping[str, str]) -> Iterator[str]:
    """The overrides that choose options."""
    usual = {"loss": _read("task", options["task"]).get("loss", "cross_entropy"), "optimizer": "adam"}
    for group in ("task", "model", "loss", "optimizer"):
        if usual.get(group) != options[group]:
            yield f"{group}={options[group]}"


def _list_differences(config: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[str]:
    """The overrides that set what options leave otherwise."""
    for key, value in config.items():
        if key not in GROUPS:
            if value != base[key]:
                yield f"{key}={_format_value(value)}"
            continue
        for own, item in value.items():
            named = own == "name" and (
                key in ("task", "model") or "_target_" in value
            )  # which is the name of the option
            if not named and (own not in base[key] or item != base[key][own]):
                yield f"{'' if own in base[key] else '+'}{key}.{own}={_format_value(item)}"


def _format_value(value: Any) -> str:
    """A value as it is typed in an override."""
    if isinstance(value, list):
        return f"[{','.join(map(_format_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{_format_value(item)}' for key, item in value.items())}}}"
    if isinstance(value, str) and not re.fullmatch(r"(?!(null|true|false|inf|nan)$)[A-Za-z_][\w.-]*", value):
        escaped = value.replace("'", "\\'")
        return f"'{escaped}'"
    return show(value)
