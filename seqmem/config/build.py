"""From a composed config to a checked job: the schema is that of the classes it builds."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from omegaconf import DictConfig

from seqmem import arguments
from seqmem.arguments import shorten, show, suggest
from seqmem.cells import Cell
from seqmem.job.initialisation import Initialisation
from seqmem.job.job import Job
from seqmem.job.losses import Loss
from seqmem.job.network import Network
from seqmem.job.optimizer import Optimizer, Schedule
from seqmem.job.own_loss import OwnLoss
from seqmem.records import check_recordable
from seqmem.tasks import Task

NETWORK_KEYS = ("bidirectional", "embedding_size", "readout", "attention", "initial_state")
JOB_KEYS = (
    "batch_size", "max_sequences", "epoch", "train_set", "evaluate_every", "test_sequences", "validation_sequences",
    "stop", "stop_on", "patience", "criterion_sequences", "clip", "trials", "seed",
)  # fmt: skip
GROUPS = ("task", "model", "init", "optimizer", "loss", "schedule")  # keys that have keys of their own
TARGETED = ("task", "model", "loss")  # of these, those that may name a class of the user's own
SWEEP_KEYS = ("retry", "fail_fast", "save_every", "tensorboard", "take_over", "shard", "pack")  # how a sweep is run
UNRECORDED = (*SWEEP_KEYS, "dry_run")  # what no result depends on
KEYS = (*GROUPS, "hidden", "engine", "device", "threads", "objective", *JOB_KEYS, *UNRECORDED)

T = TypeVar("T")


class ConfigError(ValueError):
    """A config that cannot be run; the message is one line that names key, value and choices."""


def conf_dir() -> Path:
    """The folder of the built-in options: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def build_job(config: Mapping[str, Any]) -> Job:
    """Build a job from a plain config.

    Raises:
        ConfigError: if a value is of the wrong type, out of range, does not fit the others or could not be recorded.
    """
    check_keys(config)
    task = _build_target(config["task"], "task", Task)
    model = dict(config["model"])
    network_values = {key: model.pop(key) for key in NETWORK_KEYS if key in model}
    cell = _build_target(model, "model", Cell)
    init = _build(Initialisation, config["init"], "init")
    network_values |= {"task": task, "cell": cell, "hidden": config["hidden"], "init": init}
    network = _build(Network, network_values, "model")
    values = {key: config[key] for key in JOB_KEYS} | {
        "network": network,
        "name": read_name(config, "task"),
        "loss": _build_loss(config["loss"]),
        "optimizer": _build(Optimizer, config["optimizer"], "optimizer"),
        "schedule": _build(Schedule, config["schedule"], "schedule"),
    }
    job = _build(Job, values, "")
    try:
        check_recordable(config)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return job


def check_keys(config: Mapping[str, Any]) -> None:
    """Check that a config has all keys and no others, and that groups are groups.

    Raises:
        ConfigError: if it does not.
    """
    for key in config:
        if key not in KEYS:
            raise ConfigError(f"{shorten(str(key))} is not a key{suggest_key(str(key), config)}")
    for key in KEYS:
        if key not in config and key not in UNRECORDED:
            raise ConfigError(f"{key} must be given")
    for group in GROUPS:
        if not isinstance(config[group], Mapping):
            raise ConfigError(f"{group} must be set key by key, as {group}.key=value, got {show(config[group])}")
        if group in ("task", "model") and "_target_" not in config[group]:
            raise ConfigError(f"{group}._target_ must be given")
        if group in TARGETED and not isinstance(config[group].get("_target_", ""), str):
            raise ConfigError(f"{group}._target_ must name a class, got {show(config[group]['_target_'])}")
        for key, value in config[group].items():
            if value == "???":
                raise ConfigError(f"{group}.{key} must be given")


def read_name(config: Mapping[str, Any], group: str) -> str:
    """What a task or model is called: the name of its option, or of its class if that is the user's own."""
    return str(config[group].get("name") or config[group]["_target_"].rpartition(".")[2])


def _build_loss(node: Mapping[str, Any]) -> Loss | OwnLoss:
    """Build a loss, or one of the user's own."""
    if "_target_" not in node:
        return _build(Loss, node, "loss")
    own: OwnLoss = _build_target(node, "loss", OwnLoss)
    return own


def _build_target(node: Mapping[str, Any], group: str, base: type[Any]) -> Any:
    """Build the class that `_target_` names with the node's other values."""
    target = node["_target_"]
    cls = import_class(f"{group}._target_", target)
    if not issubclass(cls, base):
        article = "an" if base.__name__.startswith("O") else "a"
        raise ConfigError(f"{group}._target_ must be {article} {base.__name__}, got {target}")
    if inspect.isabstract(cls):
        raise ConfigError(
            f"{group}._target_ must have all that a {base.__name__} needs, {target} lacks "
            f"{', '.join(sorted(cls.__abstractmethods__))}"
        )
    values = {key: value for key, value in node.items() if key not in ("_target_", "name")}
    return _build(cls, values, group)


def import_class(key: str, path: Any) -> type[Any]:
    """The class that a path names.

    Args:
        key: Whose value the path is, for messages.
        path: As package.module.Class.
    Raises:
        ConfigError: if it cannot be imported, or is no class.
    """
    module, _, name = str(path).rpartition(".")
    shown = shorten(str(path))
    try:
        if module.startswith("."):
            raise ValueError("a relative name")
        found = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # a module of the user's own may raise anything
        raise ConfigError(f"{key} must name a class that can be imported, got {shown}: {error}") from error
    if not isinstance(found, type):
        raise ConfigError(f"{key} must name a class, got {shown}")
    return found


def _build(cls: type[T], values: Mapping[str, Any], group: str) -> T:
    """Call a class, which checks their types, with values."""
    prefix = f"{group}." if group else ""
    parameters = _read_parameters(cls, group)  # type: ignore[arg-type]  # a class is hashable
    for key in values:
        if key not in parameters:
            unknown = f"{prefix}{shorten(str(key))} is not an argument of {cls.__name__}"
            raise ConfigError(f"{unknown}{suggest(str(key), parameters, prefix)}")
        _check_plain(f"{prefix}{key}", values[key])
    for key, parameter in parameters.items():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD and key not in values:
            raise ConfigError(f"{prefix}{key} must be given; add +{prefix}{key}=value")
    try:
        return cls(**values)
    except ConfigError:
        raise
    except ValueError as error:
        named = re.match(r"\w+", str(error))
        prefixed = group and named and named.group() in values and named.group() not in ("hidden", "init")
        raise ConfigError(f"{prefix if prefixed else ''}{error}") from error
    except Exception as error:
        raise ConfigError(f"{prefix}{cls.__name__} cannot be built: {type(error).__name__}: {error}") from error


def _check_plain(key: str, value: Any) -> None:
    """Check that a value names no class: it would reach its owner unbuilt, and its source would not be told."""
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        if name == "_target_":
            raise ConfigError(
                f"{key}._target_ cannot name a class; only task._target_, model._target_ and loss._target_ can"
            )
        _check_plain(f"{key}.{name}", part)


@functools.cache
def _read_parameters(cls: Callable[..., Any], group: str) -> Mapping[str, inspect.Parameter]:
    """What a class takes when it is built."""
    try:
        typing.get_type_hints(cls.__init__)
        return inspect.signature(cls).parameters
    except Exception as error:  # a class of the user's own, with hints that name nothing
        raise ConfigError(f"{group}._target_: the arguments of {cls.__name__} cannot be read: {error}") from error


def suggest_key(name: str, config: Mapping[str, Any]) -> str:
    """The end of a message about a key that a config lacks: the one that was meant, in a group perhaps."""
    for group in GROUPS:
        if isinstance(config.get(group), Mapping | DictConfig) and name in config[group]:
            return f"; did you mean {group}.{name}?"
    return suggest(name, KEYS)


def convert(key: str, value: Any, hint: Any) -> Any:
    """As `seqmem.arguments.convert`, for a key of a config.

    Raises:
        ConfigError: if the value is not of the type.
    """
    try:
        return arguments.convert(key, value, hint)
    except ValueError as error:
        raise ConfigError(str(error)) from None
