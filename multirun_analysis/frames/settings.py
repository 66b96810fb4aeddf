"""The settings of a sweep: what their configs share, where they differ, and what to call that."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.records import visible

# Columns come in this order, then in the config's own.
FIRST = ("task.name", "model.name", "hidden")
NAMED = FIRST[:2]  # are called task and model, whatever else there is
LONGEST = 100  # characters of a value that is shown

Value = str | int | float
Config = Mapping[str, Value]


def flatten(config: Mapping[str, Any]) -> dict[str, Value]:
    """Write a config and its groups as dotted keys, and what is neither a finite number nor text as it is typed.

    Example:
        {"hidden": [2, 4], "clip": None, "init": {"bias": {"chrono": 100}}}
            -> {"hidden": "[2,4]", "clip": "null", "init.bias": "{chrono:100}"}
    """
    flat: dict[str, Value] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            flat |= {visible(f"{key}.{name}"): _as_typed(item) for name, item in value.items()}
        else:
            flat[visible(key)] = _as_typed(value)
    return flat


def _as_typed(value: Any) -> Value:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return json.dumps(value, separators=(",", ":")).replace('"', "")


def varied_keys(configs: Sequence[Config]) -> list[str]:
    """Dotted keys whose value is not the same in all configs (a key may be absent from some)."""
    keys = dict.fromkeys(key for config in configs for key in config)
    varied = [key for key in keys if len({config.get(key) for config in configs}) > 1]
    return sorted(varied, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))


def follows(configs: Sequence[Config], key: str, leader: str) -> bool:
    """Whether the value of one key tells that of the other in every config."""
    told: dict[Value | None, Value | None] = {}
    return all(told.setdefault(config.get(leader), config.get(key)) == config.get(key) for config in configs)


def find_followers(configs: Sequence[Config], keys: Sequence[str]) -> dict[str, str]:
    """Varied keys that an option brings with it, each with the key of that option.

    These are keys of a group that its option tells (`model.bidirectional`), all but model and
    hidden size that the task tells (its own batch size, rate and budget), the engine and
    device that a model runs on, and the source that it was made from.
    """
    followers: dict[str, str] = {}
    for key in keys:
        leaders = [f"{key.partition('.')[0]}.name"] if "." in key else []
        leaders += ["model.name"] if key in ("engine", "device", "model_source") else []
        leaders += ["task.name"] if key not in FIRST else []
        for leader in leaders:
            if leader != key and leader in keys and follows(configs, key, leader):
                followers.setdefault(key, leader)
    return followers


def _is_told_target(configs: Sequence[Config], key: str) -> bool:
    """Whether a key is the class behind an option, where the option's name says as much."""
    group, _, name = key.partition(".")
    return name == "_target_" and follows(configs, key, f"{group}.name")


def short_names(keys: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    """What each dotted key is called in a table: `task` for task.name, `lr` for optimizer.lr.

    A key keeps its dots where its short name is taken, belongs to two keys or says too little
    (`init.bias`); one that has none is then `config.` and its name.
    """
    short = {key: key if key.startswith("init.") else key.removesuffix(".name").rpartition(".")[2] for key in keys}
    names = list(short.values())
    full = {key: key if "." in key else f"config.{key}" for key in keys}
    told = {key: short[key] for key in NAMED if key in short}
    for key, name in short.items():
        if key in told:
            continue
        called = full[key] if name in taken or names.count(name) > 1 else name
        while called in told.values():  # a key of one's own may be called as another is in full
            called += "_"
        told[key] = called
    return told


def sort_key(value: Any) -> tuple[int, float, str]:
    """Order of the values of a key: numbers, then text, then none at all."""
    if isinstance(value, str):
        return (1, 0.0, value)
    return (0, float(value), "") if value == value and value is not None else (2, 0.0, "")


def varies(settings: pd.DataFrame, key: str) -> bool:
    """Whether a key has more than one value among some settings; none at all is one."""
    return len(set(map(sort_key, settings[key]))) > 1


def format_value(value: Any) -> str:
    """How a key's value reads: on one line, cut off where it gets too long; a key that a setting lacks is a dash."""
    if isinstance(value, str):
        return visible(value if len(value) <= LONGEST else f"{value[:LONGEST]} ..")
    if value is None or value != value:
        return "-"
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def format_setting(values: Mapping[str, Any]) -> str:
    """Write the values of a setting's keys: `lstm hidden=5`; the names of task and model say what they are."""
    present = {key: format_value(value) for key, value in values.items() if format_value(value) != "-"}
    return " ".join(value if key in ("task", "model") else f"{key}={value}" for key, value in present.items())


@dataclass(frozen=True)
class Settings:
    """The distinct configs of some jobs, as a table.

    frame: A row a setting, in the order of tables, indexed by `setting`; a column a varied key, and
        `task` always. A key that a setting does not have is None.
    of_jobs: Each job's setting.
    keys: Columns that tell the settings apart, and `task`.
    followers: The other columns, each with the one of `keys` that tells its value.
    dotted: The config key of each column.
    """

    frame: pd.DataFrame
    of_jobs: list[int]
    keys: list[str]
    followers: dict[str, str]
    dotted: dict[str, str]


def _make_column(values: Sequence[Value | None]) -> pd.Series[Any]:
    """A column whose values stay what they are: an absent one makes no whole number a fraction."""
    column: pd.Series[Any] = pd.Series(list[Any](values), dtype=object)
    return column if None in values else column.infer_objects()


def find_settings(configs: Sequence[Config], taken: Collection[str]) -> Settings:
    """Find the distinct ones of some configs.

    Args:
        configs: A flat config a job.
        taken: Names that no column may have.
    """
    identities = [frozenset(config.items()) for config in configs]
    distinct = dict(zip(identities, configs, strict=True))
    rows = list(distinct.values())
    varied = [key for key in varied_keys(rows) if not _is_told_target(rows, key)]
    columns = varied if "task.name" in varied else ["task.name", *varied]
    short = short_names(columns, taken)
    followers = find_followers(rows, varied)
    keys = [key for key in columns if key not in followers]

    order = sorted(range(len(rows)), key=lambda row: [sort_key(rows[row].get(key)) for key in keys])
    values = {short[key]: [rows[row].get(key) for row in order] for key in columns}
    frame = pd.DataFrame({name: _make_column(column) for name, column in values.items()})
    frame.index.name = "setting"
    index = {row: setting for setting, row in enumerate(order)}
    number = {identity: index[row] for row, identity in enumerate(distinct)}
    return Settings(
        frame=frame,
        of_jobs=[number[identity] for identity in identities],
        keys=[short[key] for key in keys],
        followers={short[key]: short[leader] for key, leader in followers.items()},
        dotted={name: key for key, name in short.items()},
    )
