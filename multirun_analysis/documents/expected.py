"""What the command of each row makes: `expected.json`, which `python -m tests.expected` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from multirun_analysis.frames.points import Value, write_value

EXPECTED = Path(__file__).with_name("expected.json")
MOST_NAMED = 3  # keys of a config that is another


@dataclass(frozen=True)
class Expected:
    """The whole point of a row: all that can change its numbers, and its trials.

    config: As `Job.config` has it, but for what computes (engine, device) and where data lie.
    digest: Of the data that its task is about; None where the config determines them.
    seeds: Of its trials.
    """

    config: Mapping[str, Value]
    digest: str | None
    seeds: Sequence[int]

    def tell(self, config: Mapping[str, Value], digest: str | None) -> str:
        """What a job has otherwise, in words; nothing if it is one of this point's."""
        differ = [key for key, value in self.config.items() if config.get(key) != value]
        words = [
            f"{key.removesuffix('.name')}={write_value(config.get(key))}, not {write_value(self.config[key])}"
            for key in differ[:MOST_NAMED]
        ]
        words += [f"{len(differ) - MOST_NAMED} keys more"] if len(differ) > MOST_NAMED else []
        words += ["other data"] if digest != self.digest else []
        return "; ".join(words)

    def tell_trials(self, seeds: Sequence[int]) -> str:
        """How some trials are not those that the command makes, in words; nothing if they are."""
        if not set(seeds) & set(self.seeds):
            return f"seeds {write_range(seeds)}, not {write_range(self.seeds)}"
        return f"{len(seeds)} of {len(self.seeds)} trials" if len(seeds) < len(self.seeds) else ""


def write_range(seeds: Sequence[int]) -> str:
    """Write seeds as `100 to 109`."""
    return str(min(seeds)) if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"


def read_expected() -> dict[str, Expected]:
    """What is expected of each row, by its command."""
    content = json.loads(EXPECTED.read_text(encoding="utf-8"))
    common = content["common"]
    return {
        command: Expected(
            {key: value for key, value in (common | point["config"]).items() if value is not None},
            point["digest"],
            range(*point["seeds"]),
        )
        for command, point in content["points"].items()
    }


def write_expected(points: Mapping[str, Expected]) -> str:
    """Write `expected.json`: what most points share once, and a line a point of what it has otherwise."""
    keys = dict.fromkeys(key for point in points.values() for key in point.config)
    values = {key: [point.config.get(key) for point in points.values()] for key in keys}
    common = {key: max(dict.fromkeys(own), key=own.count) for key, own in values.items()}
    lines = []
    for command, point in points.items():
        own = {key: point.config.get(key) for key in keys if point.config.get(key) != common[key]}
        seeds = [point.seeds[0], point.seeds[-1] + 1]
        lines.append(f"{json.dumps(command)}: {json.dumps({'seeds': seeds, 'digest': point.digest, 'config': own})}")
    body = ",\n  ".join(lines)
    return f'{{\n "common": {json.dumps(common, indent=2)},\n "points": {{\n  {body}\n }}\n}}\n'
