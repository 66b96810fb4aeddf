"""Overrides that do no more than set a value in plain dicts: those of most jobs, and quick to apply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType

# What the parser takes some 0.5 ms for, and most of the overrides of a large grid.
NUMBER = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)=([+-]?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
HOW: dict[OverrideType | None, Literal["", "+", "++"]] = {
    OverrideType.CHANGE: "",
    OverrideType.ADD: "+",
    OverrideType.FORCE_ADD: "++",
}


class Assignment(NamedTuple):
    """A value for a key.

    keys: The key, from the outside in.
    value: Numbers, words, and lists and dicts of them.
    how: `` sets a key that is there, `+` one that is not, `++` either.
    """

    keys: Sequence[str]
    value: Any
    how: Literal["", "+", "++"] = ""


# A choice of what is composed, among Hydra's own groups and keys or others; a value that OmegaConf must apply.
Kind = Assignment | Literal["hydra", "choice", "other"]


class OverrideReader:
    """Tells the kinds of overrides apart, each override once.

    Args:
        loader: Hydra's config loader, which knows the groups.
    """

    def __init__(self, loader: ConfigLoader) -> None:
        self.loader = loader
        self.parser = OverridesParser.create(config_loader=loader)
        self.known: dict[str, Kind] = {}
        self.groups: dict[str, bool] = {}

    def read(self, text: str) -> Kind:
        """The kind of an override; an assignment, where it is one."""
        if (number := NUMBER.fullmatch(text)) and not self._is_chosen(number[1]):
            key, whole, *rest = number.groups()
            value = float(text.partition("=")[2]) if any(rest) else int(whole)
            return Assignment(key.split("."), value)
        if text not in self.known:
            (override,) = self.parser.parse_overrides([text])
            self.known[text] = self._tell(override)
        return self.known[text]

    def is_value(self, override: Override) -> bool:
        """Whether an override sets a value of the composed config, rather than choosing what is composed."""
        if override.is_hydra_override() or override.package is not None or override.is_sweep_override():
            return False
        return not self._is_chosen(override.key_or_group)

    def _tell(self, override: Override) -> Kind:
        if not self.is_value(override):
            return "hydra" if override.is_hydra_override() else "choice"
        keys, value = override.key_or_group.split("."), override.value()
        if override.type in HOW and all(map(str.isidentifier, keys)) and _is_plain(value):
            return Assignment(keys, value, HOW[override.type])
        return "other"

    def _is_chosen(self, key: str) -> bool:
        if key not in self.groups:
            self.groups[key] = key.startswith("hydra.") or bool(self.loader.get_group_options(key))
        return self.groups[key]


def _is_plain(value: Any) -> bool:
    """Whether a value stands for itself."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return "$" not in value if isinstance(value, str) else value is None or isinstance(value, (bool, int, float))


def apply(assignment: Assignment, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """A copy of a config with one value set, which shares the rest; None if OmegaConf must say what comes of it."""
    key, *inner = assignment.keys
    value = assignment.value
    if inner:
        value = apply(assignment._replace(keys=inner), config[key]) if isinstance(config.get(key), dict) else None
        return None if value is None else {**config, key: value}
    if key not in config:
        return {**config, key: value} if assignment.how else None
    return None if assignment.how == "+" or isinstance(config[key], dict) else {**config, key: value}
