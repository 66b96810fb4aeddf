"""Makes a config that Hydra composed a setting of a sweep, and chooses the folder that it lives in."""

from __future__ import annotations

import inspect
import re
import typing
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    check_keys,
    conf_dir,
    convert,
)
from seqmem.config.composed import Composed, read_composed
from seqmem.config.limits import FindFree, check_memory, find_free_memory
from seqmem.config.stored import read_sources
from seqmem.engines.choose import choose_engine
from seqmem.records.summary import OBJECTIVES
from seqmem.sweep import NOT_IN_FINGERPRINT, Policy, Setting, index_folders

OPTION_GROUPS = ("task", "model", "optimizer", "loss")  # of each of which one option is chosen
BUNDLES = ("recipe", "experiment")  # groups whose options are sets of overrides
MAX_LABEL = 80  # characters of a job folder's name before its fingerprint


def read_setting(
    composed: Composed, folder: Path, find_free: FindFree = find_free_memory, here: bool = True
) -> Setting:
    """Check a composed config and make it a setting.

    Args:
        composed: The config.
        folder: Where the job's files go.
        find_free: How many bytes of memory there are.
        here: Whether this machine is the one that trains; what only that one knows is checked there.
    Raises:
        ConfigError: if the job cannot be run.
    """
    _check_options(composed)
    check_keys(composed.config)
    plain = {key: value for key, value in composed.config.items() if key not in UNRECORDED}
    plain |= {group: _name_class(group, composed) for group in ("task", "model")}
    if "_target_" in plain["loss"]:
        plain["loss"] = _name_class("loss", composed)
    job = build_job(plain)
    threads = convert("threads", plain["threads"], int | None)
    convert("objective", plain["objective"], Literal[tuple(OBJECTIVES)])
    try:
        choice = choose_engine(job, plain["engine"], plain["device"], threads, here)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if here:
        check_memory(job, choice.engine, plain, find_free)
    plain |= read_sources(job)
    overrides = [override for override in composed.overrides if _read_key(override) != "shard"]  # who trained it
    return Setting(job, choice, plain, overrides, folder, plain["objective"])


def _name_class(group: str, composed: Composed) -> dict[str, Any]:
    """The config of a task or a model, with the name of its option, or of another class than the option's."""
    own = composed.config[group]
    if "name" in own:
        raise ConfigError(f"{group}.name is the name of the option, and cannot be set; choose {group}=option")
    keys = [_read_key(override) for override in composed.overrides]
    given = {key.removeprefix(f"{group}.").partition(".")[0] for key in keys if key.startswith(f"{group}.")}
    if "_target_" in given:  # of the option's arguments only those that were given as well
        own = {key: value for key, value in own.items() if key in (*NETWORK_KEYS, *given)}
    option = composed.choices.get(group)
    name = own["_target_"].rpartition(".")[2] if "_target_" in given or option == "custom" else str(option)
    return {**own, "name": name}


def _check_options(composed: Composed) -> None:
    """Check that of each group that must have an option one was chosen, no more, and by its name."""
    for override in composed.overrides:
        if re.fullmatch(r"[+~]*(\w+)=\s*\{\s*\}\s*", override) and _read_key(override) in (*GROUPS, *BUNDLES):
            raise ConfigError(f"{override} sets nothing{_list_choices(_read_key(override))}")
    for group in (*OPTION_GROUPS, *BUNDLES):
        option = composed.choices.get(group)
        if group in OPTION_GROUPS and (not isinstance(option, str) or option.startswith("[")):
            raise ConfigError(f"{group} must be one option, got {option or 'none'}{_list_choices(group)}")
        if isinstance(option, str) and option.endswith((".yaml", ".yml")):
            raise ConfigError(f"{group}={option} names a file; write {group}={option.rpartition('.')[0]}")
    for group in BUNDLES:
        if group in composed.config:
            raise ConfigError(
                f"{group}={composed.choices.get(group)} must be a file of keys, as key: value, that begins with "
                "# @package _global_"
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
        raise ConfigError(f"{key} must name a folder, got {str(value)!r}; write . for the current folder")
    return Path(str(value))


def read_policy(configs: Collection[Mapping[str, Any]]) -> Policy:
    """How a sweep is to be run, which all its jobs must agree on.

    Raises:
        ConfigError: if they do not, or a value is of the wrong type or out of range.
    """
    hints = typing.get_type_hints(Policy)
    values = {}
    for key in SWEEP_KEYS:
        first, *others = {repr(config[key]): config[key] for config in configs}.values()
        if others:
            raise ConfigError(f"{key} must be the same for the whole sweep, got {first} and {others[0]}")
        values[key] = convert(key, first, hints[key])
    try:
        return Policy(**values)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def read_dry_run(configs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the settings are to be listed only.

    Raises:
        ConfigError: if that is neither true nor false.
    """
    answers = [convert("dry_run", config["dry_run"], bool) for config in configs]
    return any(answers)


def choose_folder(
    setting: Setting, sweep: Path, varied: Collection[str], folders: Mapping[str, Sequence[Path]]
) -> Path:
    """The folder of a setting in its sweep's folder: the one that holds its result, or a new one.

    Args:
        setting: The setting.
        sweep: The sweep's folder.
        varied: The overrides that differ between the jobs of the sweep.
        folders: Those that are in the sweep's, by the fingerprint in their names.
    """
    for path in folders.get(setting.fingerprint, ()):
        try:
            found = records.read_result(path)
        except records.RecordError:
            continue
        if found.config.get("seed") == setting.job.seed:
            return path
    return sweep / name_folder(setting, varied)


def name_folder(setting: Setting, varied: Collection[str]) -> str:
    """A setting's varied keys, shortened, and its fingerprint."""
    shown = [override for override in setting.overrides if override in varied]
    unnamed = (*NOT_IN_FINGERPRINT, *UNRECORDED)
    label = ",".join(override for override in shown if _read_key(override) not in unnamed)
    label = re.sub(r"[^\w.,=+\[\]-]+", "_", label)[:MAX_LABEL].rstrip("_,")
    if setting.job.seed or any(_read_key(override) == "seed" for override in shown):
        label += (
            f"{',' if label else ''}seed={setting.job.seed}"  # never cut off: it tells apart what fingerprints do not
        )
    return f"{label}-{setting.fingerprint}" if label else setting.fingerprint


def _read_key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def find_varied(overrides: Sequence[Sequence[str]]) -> set[str]:
    """The overrides that not all jobs have."""
    counts = Counter(override for job in overrides for override in set(job))
    return {override for override, count in counts.items() if count < len(overrides)}


def register_resolver() -> None:
    """Let configs name a job's folder as ${seqmem.job_folder:}, for launchers other than ours."""

    def job_folder(_root_: DictConfig) -> str:
        if "task" not in _root_:  # --cfg hydra shows Hydra's own node alone
            return "<setting>"
        composed, sweep = read_composed(_root_), Path(str(_root_.hydra.sweep.dir))
        return choose_folder(read_setting(composed, Path()), sweep, composed.overrides, index_folders(sweep)).name

    register: Any = OmegaConf.register_resolver  # OmegaConf 2.3 has another function of that name
    if "replace" not in inspect.signature(register).parameters:
        register = OmegaConf.register_new_resolver
    register("seqmem.job_folder", job_folder, replace=True)
