"""Jobs of a sweep's folder that are not of the sweep, or were trained with another source of its classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seqmem import records
from seqmem.sweep.existing import flatten
from seqmem.sweep.setting import NOT_IN_FINGERPRINT, SOURCES, Setting


def describe_other_jobs(sweep: Path, settings: Sequence[Setting]) -> list[str]:
    """A line on the jobs of a sweep's folder that are none of its settings, and what sets them apart."""
    own = {setting.folder.resolve() for setting in settings}
    ours: dict[str, set[str]] = {}
    for setting in settings:
        for key, value in flatten(setting.config).items():
            ours.setdefault(key, set()).add(str(value))
    count, apart, damaged = 0, set(), []
    for folder in records.find_jobs(sweep):
        if folder.resolve() in own:
            continue
        try:
            result = records.read_result(folder)
        except records.RecordError as error:
            damaged.append(f"{error}; it is skipped")
            continue
        count += 1
        for key, value in flatten(result.config).items():
            if key not in NOT_IN_FINGERPRINT and str(value) not in ours.get(key, ()):
                apart.add(f"{key}={value}")
        if (theirs := result.versions.get("seqmem")) != version("seqmem"):
            apart.add(f"seqmem {theirs}")
    if not count:
        return damaged
    what = f" ({', '.join(sorted(apart)[:6])}{', ..' if len(apart) > 6 else ''})" if apart else ""
    jobs = "1 job that is" if count == 1 else f"{count:,} jobs that are"
    line = f"{sweep} also holds {jobs} not part of this sweep{what}; hydra.sweep.dir=FOLDER keeps sweeps apart"
    return [*damaged, line]


def describe_changes(sweep: Path, settings: Sequence[Setting]) -> list[str]:
    """A line on each source that has changed since jobs of a sweep's folder were trained with it."""
    ours = {
        _identify(setting.config, setting.choice.engine.name, setting.choice.engine.device): setting
        for setting in settings
        if any(key in setting.config for key in SOURCES)
    }
    if not ours:
        return []
    changes: Counter[tuple[str, str]] = Counter()
    for folder in records.find_jobs(sweep):
        try:
            result = records.read_result(folder)
        except records.RecordError:
            continue
        setting = ours.get(_identify(result.config, result.engine, result.device))
        if setting is None:
            continue
        then, now = (_list_modules(config) for config in (result.config, setting.config))
        if then != now:
            changes[", ".join(sorted(then - now)), ", ".join(sorted(now - then))] += 1
    return [
        f"{sweep} holds {count:,} {'job that was' if count == 1 else 'jobs that were'} trained with another source "
        f"({then or 'none'} then, {now or 'none'} now); they are kept, and new folders are trained"
        for (then, now), count in changes.items()
    ]


def _list_modules(config: Mapping[str, Any]) -> set[str]:
    """The modules that a setting's classes are made from, each with its hash."""
    return {module for key in SOURCES if config.get(key) for module in str(config[key]).split(", ")}


def _identify(config: Mapping[str, Any], engine: str | None, device: str | None) -> frozenset[tuple[str, str]]:
    """All but the sources that tells a setting from another."""
    flat = {key: str(value) for key, value in flatten(config).items() if key not in (*NOT_IN_FINGERPRINT, *SOURCES)}
    return frozenset((flat | {"engine": str(engine), "device": str(device)}).items())
