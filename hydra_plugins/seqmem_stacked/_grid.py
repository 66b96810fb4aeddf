"""What a sweep varies, and the jobs that this makes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from math import prod

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from seqmem.config.build import ConfigError
from seqmem.config.zipped import quote_zip, read_zip, unquote_zip

MOST_JOBS = 100_000


@dataclass(frozen=True)
class Dimension:
    """What one override lets vary: the values of one key, or of several that are zipped.

    Attributes:
        text: What was typed, for messages.
        members: An override for each key.
        shuffled: Whether the choices come in any order, those of a zip.
    """

    text: str
    members: tuple[Override, ...]
    shuffled: bool = False

    @property
    def keys(self) -> set[str]:
        return {member.key_or_group for member in self.members}

    def count(self) -> int:
        """The choices, as far as they are of interest.

        Raises:
            HydraException: if there are none, or no end of them, or if a zip's keys have unequally many.
        """
        counts = {member.key_or_group: _count_values(member) for member in self.members}
        (first, most), *others = counts.items()
        for key, count in others:
            if count != most:
                raise ConfigError(
                    f"{self.text} must have equally many values for each key, got {most} of {first}, {count} of {key}"
                )
        if most == 0:
            raise HydraException(f"{self.text} has no values to sweep over")
        return most

    def list_choices(self) -> list[tuple[str, ...]]:
        """The overrides that each choice sets."""
        choices = list(zip(*map(_list_overrides, self.members), strict=True))
        if self.shuffled:
            random.shuffle(choices)
        return choices


def read_dimensions(texts: Sequence[str], loader: ConfigLoader | None = None) -> list[Dimension]:
    """Parse overrides, of which the last one counts where a key is given twice.

    Args:
        texts: As typed, or as `quote_zip` makes them.
        loader: Hydra's, which knows the options that glob(..) stands for.
    Raises:
        ConfigError: if a key is set by a zip and by another override.
    """
    dimensions: dict[str, Dimension] = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(list(map(quote_zip, texts))):
        typed = unquote_zip(override.input_line or "")
        if typed is None:
            dimension = Dimension(override.input_line or "", (override,))
        else:
            zipped = read_zip(typed, loader)
            dimension = Dimension(typed, zipped.members, zipped.shuffled)
        dimensions[override.get_key_element()] = dimension
    for dimension in dimensions.values():
        for other in dimensions.values():
            if len(dimension.members) > 1 and dimension is not other and (both := dimension.keys & other.keys):
                raise ConfigError(f"{min(both)} is set by {dimension.text} and by {other.text}; leave one of them out")
    return list(dimensions.values())


def build_jobs(grids: Iterable[Sequence[Dimension]]) -> list[list[str]]:
    """The overrides of every job: the settings of each grid, one grid after the other.

    Raises:
        HydraException: if a key has no values, or there are too many jobs.
    """
    jobs: list[list[str]] = []
    for grid in grids:
        check_size(grid, MOST_JOBS - len(jobs))
        choices = product(*(dimension.list_choices() for dimension in grid))
        jobs += ([*chain.from_iterable(choice)] for choice in choices)
    return jobs


def check_size(grid: Sequence[Dimension], most: int = MOST_JOBS) -> None:
    """Check that a grid has jobs, and not more than can be held, before they are written out.

    Args:
        grid: The grid.
        most: Jobs that it may have, if others come before it.
    Raises:
        HydraException: if a key has no values, or there are too many jobs.
    """
    counts: list[int] = []
    for dimension in grid:
        counts.append(dimension.count())
        if prod(counts) > most:
            raise HydraException(f"{dimension.text} gives the sweep more than {MOST_JOBS:,} jobs; choose fewer values")


def _count_values(override: Override) -> int:
    if not override.is_sweep_override():
        return 1
    if not override.is_discrete_sweep():
        raise HydraException(f"{override.input_line} is an interval; a grid needs a list of values")
    try:
        return sum(1 for _ in islice(override.sweep_iterator(), MOST_JOBS + 1))
    except ValueError as error:  # a range with a step of 0
        raise HydraException(f"{override.input_line} has no values to sweep over: {error}") from error


def _list_overrides(override: Override) -> Iterator[str]:
    """An override for each value of a key."""
    if not override.is_sweep_override():
        return iter([f"{override.get_key_element()}={override.get_value_element_as_str()}"])
    return (f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator())
