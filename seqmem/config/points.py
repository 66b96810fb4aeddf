"""From a config that Hydra composed to a point of a sweep, and the folder that it lives in."""

from __future__ import annotations

import re
import typing
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from omegaconf import DictConfig, OmegaConf

from seqmem import records
from seqmem.config.build import (
    GROUPS,
    NETWORK_KEYS,
    SWEEP_KEYS,
    UNRECORDED,
    ConfigError,
    build_job,
    conf_dir,
    convert,
    to_plain,
)
from seqmem.config.limits import check_memory
from seqmem.config.stored import read_sources
from seqmem.engines.choose import DeviceName, EngineName, choose_engine
from seqmem.records.summary import OBJECTIVES
from seqmem.sweep import NOT_IN_FINGERPRINT, Point, Policy

OPTION_GROUPS = ("task", "model", "optimizer", "loss")  # of each of which one option is chosen
BUNDLES = ("recipe", "experiment")  # groups whose options are sets of overrides
MAX_LABEL = 80  # characters of a job folder's name before its fingerprint


def read_point(config: DictConfig, settings: Any, folder: Path) -> Point:
    """Check a composed config and make it a point.

    Args:
        config: The config, without Hydra's node.
        settings: Hydra's node.
        folder: Where the job's files go.
    Raises:
        ConfigError: if the job cannot be run.
    """
    _check_options(config, settings)
    plain = {key: value for key, value in to_plain(config).items() if key not in UNRECORDED}
    for group in ("task", "model"):
        if "name" in plain[group]:
            raise ConfigError(f"{group}.name is the name of the option, and cannot be set; choose {group}=option")
        option, given = settings.runtime.choices.get(group), _read_given(group, settings)
        if "_target_" in given:  # another class than the option's: of its arguments only those that were given as well
            plain[group] = {key: value for key, value in plain[group].items() if key in (*NETWORK_KEYS, *given)}
        name = plain[group]["_target_"].rpartition(".")[2]
        plain[group]["name"] = name if "_target_" in given or option == "custom" else str(option)
    job = build_job(plain)
    threads = convert("threads", plain["threads"], int | None)
    for key, choices in (("engine", EngineName), ("device", DeviceName), ("objective", Literal[tuple(OBJECTIVES)])):
        convert(key, plain[key], choices)
    try:
        choice = choose_engine(job, plain["engine"], plain["device"], threads)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    check_memory(job, choice, plain)
    plain |= read_sources(job)
    return Point(job, choice, plain, list(settings.overrides.task), folder, plain["objective"])


def _check_options(config: DictConfig, settings: Any) -> None:
    """Check that of each group that must have an option one was chosen, no more, and by its name."""
    typed = typing.cast("list[str]", OmegaConf.to_container(settings.overrides.task))  # its interpolations unresolved
    for override in typed:
        if re.fullmatch(r"[+~]*(\w+)=\s*\{\s*\}\s*", override) and _read_key(override) in (*GROUPS, *BUNDLES):
            raise ConfigError(f"{override} sets nothing{_list_choices(_read_key(override))}")
    for group in (*OPTION_GROUPS, *BUNDLES):
        option = settings.runtime.choices.get(group)
        if group in OPTION_GROUPS and (not isinstance(option, str) or option.startswith("[")):
            raise ConfigError(f"{group} must be one option, got {option or 'none'}{_list_choices(group)}")
        if isinstance(option, str) and option.endswith((".yaml", ".yml")):
            raise ConfigError(f"{group}={option} is a file; its option is {group}={option.rpartition('.')[0]}")
    for group in BUNDLES:
        if group in config:
            raise ConfigError(
                f"{group}={settings.runtime.choices.get(group)} must be a file of keys, as key: value, that begins "
                "with # @package _global_"
            )


def _list_choices(group: str) -> str:
    """The end of a message about a group."""
    if group not in (*OPTION_GROUPS, *BUNDLES):
        return f"; write {group}.key=value"
    return f"; choose {', '.join(sorted(path.stem for path in (conf_dir() / group).glob('*.yaml')))}"


def read_folder(key: str, value: Any) -> Path:
    """The folder that one of Hydra's keys names.

    Raises:
        ConfigError: if it names none.
    """
    if not str(value).strip():
        raise ConfigError(f"{key} must name a folder, got {str(value)!r}; a dot is the current one")
    return Path(str(value))


def read_policy(configs: Sequence[DictConfig]) -> Policy:
    """How a sweep is to be run, which all its jobs must agree on.

    Raises:
        ConfigError: if they do not, or a value is of the wrong type or out of range.
    """
    hints = typing.get_type_hints(Policy)
    values = {}
    for key in SWEEP_KEYS:
        first, *others = dict.fromkeys(config[key] for config in configs)
        if others:
            raise ConfigError(f"{key} must be the same for the whole sweep, got {first} and {others[0]}")
        values[key] = convert(key, first, hints[key])
    try:
        return Policy(**values)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def read_dry_run(configs: Sequence[DictConfig]) -> bool:
    """Whether the points are to be listed only.

    Raises:
        ConfigError: if that is neither true nor false.
    """
    answers = [convert("dry_run", config.dry_run, bool) for config in configs]
    return any(answers)


def _read_given(group: str, settings: Any) -> set[str]:
    """The keys of a group that overrides set one by one."""
    keys = [_read_key(override) for override in settings.overrides.task]
    return {key.removeprefix(f"{group}.").partition(".")[0] for key in keys if key.startswith(f"{group}.")}


def split_config(config: DictConfig) -> tuple[DictConfig, Any]:
    """A job's config as Hydra composes it, split into the config itself and Hydra's node."""
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    return own, config.hydra


def place_point(point: Point, sweep: Path, varied: Collection[str]) -> Path:
    """The folder of a point in its sweep's folder: the one that holds its result, or a new one.

    Args:
        point: The point.
        sweep: The sweep's folder.
        varied: The overrides that differ between the jobs of the sweep.
    """
    for path in sorted(sweep.glob(f"*{point.fingerprint}")):
        try:
            found = records.read_result(path)
        except records.RecordError:
            continue
        if found.config.get("seed") == point.job.seed:
            return path
    return sweep / name_folder(point, varied)


def name_folder(point: Point, varied: Collection[str]) -> str:
    """A point's varied keys, shortened, and its fingerprint."""
    shown = [override for override in point.overrides if override in varied]
    unnamed = (*NOT_IN_FINGERPRINT, *UNRECORDED)
    label = ",".join(override for override in shown if _read_key(override) not in unnamed)
    label = re.sub(r"[^\w.,=+\[\]-]+", "_", label)[:MAX_LABEL].rstrip("_,")
    if point.job.seed or any(_read_key(override) == "seed" for override in shown):
        label += (
            f"{',' if label else ''}seed={point.job.seed}"  # never cut off: it tells apart what fingerprints do not
        )
    return f"{label}-{point.fingerprint}" if label else point.fingerprint


def _read_key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def find_varied(overrides: Sequence[Sequence[str]]) -> set[str]:
    """The overrides that not all jobs have."""
    every = [set(job) for job in overrides]
    return {override for job in every for override in job if not all(override in other for other in every)}


def register_resolver() -> None:
    """Let configs name a job's folder as ${seqmem.job_folder:}, for launchers other than ours."""

    def job_folder(_root_: DictConfig) -> str:
        if "task" not in _root_:  # --cfg hydra shows Hydra's own node alone
            return "<setting>"
        config, settings = split_config(_root_)
        point = read_point(config, settings, Path())
        return place_point(point, Path(str(settings.sweep.dir)), settings.overrides.task).name

    OmegaConf.register_new_resolver("seqmem.job_folder", job_folder, replace=True)
