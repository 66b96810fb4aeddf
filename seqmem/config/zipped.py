"""Values of several keys that vary together: NAME=zip(model=choice(a,b),hidden=[2,5]) makes two settings, not four.

The syntax is the one that Hydra's own design proposes (docs/design/zipped_sweeps.md, its issue 1258).
No parser of Hydra's takes it yet, so that it travels through Hydra as a quoted text.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, Quote, QuotedString
from hydra.errors import HydraException

from seqmem.arguments import shorten
from seqmem.config.build import KEYS, ConfigError, conf_dir

FORM = "NAME=zip(key=choice(a,b),other=choice(c,d))"
OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Zip:
    """Keys whose values are taken in step.

    Attributes:
        text: What was typed, for messages.
        members: An override for each key, with its values.
        shuffled: Whether the rows of values come in any order.
    """

    text: str
    members: tuple[Override, ...]
    shuffled: bool


def quote_zip(text: str) -> str:
    """An override as Hydra can parse it: a zip as one choice that is a quoted text, all others as they are."""
    name, _, value = text.partition("=")
    if not re.match(r"\s*(shuffle\s*\(\s*)?zip\s*\(", value):
        return text
    return f"{name}=choice({QuotedString(value.strip(), Quote.single).with_quotes()})"


def unquote_zip(text: str) -> str | None:
    """What was typed, of an override that `quote_zip` made; None of any other."""
    if not re.match(r"[^=]*=choice\('(shuffle\s*\(\s*)?zip\s*\(", text):
        return None
    override = OverridesParser.create().parse_override(text)
    (value,) = typing.cast("ChoiceSweep", override.value()).list
    return f"{override.get_key_element()}={value.text if isinstance(value, QuotedString) else value}"


def read_zip(text: str, loader: ConfigLoader | None = None) -> Zip:
    """Parse a zip, and check that its members have equally many values.

    Args:
        text: As NAME=zip(..) or NAME=shuffle(zip(..)).
        loader: Hydra's, which knows the options that glob(..) stands for.
    Raises:
        ConfigError: if it is none.
    """
    name, _, value = text.partition("=")
    shown = shorten(text)
    _check_name(name, shown)
    inside = _open(value, "shuffle")
    shuffled, inside = (True, _open(inside, "zip")) if inside is not None else (False, _open(value, "zip"))
    if inside is None:
        raise ConfigError(f"{shown} must read {FORM}")
    parser = OverridesParser.create(config_loader=loader)
    members = tuple(_read_member(part, shown, parser) for part in _split(inside))
    keys = [member.key_or_group for member in members]
    if len(keys) < 2:
        raise ConfigError(f"{shown} must zip two keys or more, as {FORM}")
    for key in keys:
        if keys.count(key) > 1:
            raise ConfigError(f"{shown} sets {shorten(key)} twice")
    return Zip(text, members, shuffled)


def _check_name(name: str, shown: str) -> None:
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ConfigError(f"{shown} must have a name of letters, digits and _ before its =, got {shorten(name)!r}")
    groups = {path.name for path in conf_dir().iterdir() if path.is_dir()}
    if name in {*KEYS, *groups, "hydra"}:
        raise ConfigError(f"{shown} must have a name of its own before its =; {name} is a key of the config")


def _open(value: str, function: str) -> str | None:
    """What is inside the brackets of a call; None if the value is no such call, or not only that."""
    call = re.fullmatch(rf"\s*{function}\s*(\(.*\))\s*", value, re.DOTALL)
    if call is None:
        return None
    *depths, last = (depth for _, depth in _walk(call[1]))
    return call[1][1:-1] if last == 0 and 0 not in depths else None


def _walk(text: str) -> Iterator[tuple[str, int]]:
    """The letters of a text, and how many brackets and quotes are open after each."""
    expected: list[str] = []
    quote, escaped = "", False
    for letter in text:
        if escaped or letter == "\\":
            escaped = not escaped
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in OPENING:
            expected.append(OPENING[letter])
        elif expected and letter == expected[-1]:
            expected.pop()
        yield letter, len(expected) + bool(quote or escaped)


def _split(text: str) -> list[str]:
    """Split a text at the commas that stand in no brackets and no quotes."""
    parts = [""]
    before = 0
    for letter, depth in _walk(text):
        if letter == "," and depth == before == 0:
            parts.append("")
        else:
            parts[-1] += letter
        before = depth
    return parts


def _read_member(part: str, shown: str, parser: OverridesParser) -> Override:
    """One key of a zip, with its values."""
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or not re.fullmatch(r"\+{0,2}[\w./@:-]+", key):
        raise ConfigError(f"{shown}: {shorten(part.strip()) or 'nothing'} is not a member such as key=choice(a,b)")
    if re.match(r"\+*hydra\b", key):
        raise ConfigError(f"{shown} must not set keys of Hydra's own, got {shorten(key)}")
    if re.match(r"(shuffle\s*\(\s*)?zip\s*\(", value):
        raise ConfigError(f"{shown}: a zip must not stand in another, got {shorten(part.strip())}")
    if re.match(r"shuffle\s*\(", value):
        raise ConfigError(f"{shown}: {key} must not be shuffled by itself; write NAME=shuffle(zip(..))")
    try:
        member = parser.parse_override(f"{key}={value}")
        values = member.value()
        if isinstance(values, list) and values:
            return parser.parse_override(f"{key}={value[1:-1]}")
    except HydraException as error:
        raise ConfigError(f"{shown}: {shorten(part.strip())} cannot be read: {error}") from error
    if not member.is_discrete_sweep():
        raise ConfigError(f"{shown}: {key} must have a list of values, as choice(a,b) or [a,b], got {shorten(value)}")
    return member
