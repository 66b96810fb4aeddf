"""What the command of each row makes: `expected.json`, which `python -m tests.expected` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from multirun_analysis.frames.settings import Value, format_value

EXPECTED = Path(__file__).with_name("expected.json")
MOST_NAMED = 3  # keys of a config that is another


@dataclass(frozen=True)
class Expected:
    """The whole setting of a row: all that can change its numbers, and its trials.

    config: As `Job.config` has it, but for what computes (engine, device) and where data lie.
    digest: Of the data that its task is about; None where the config determines them.
    seeds: Of its trials.
    """

    config: Mapping[str, Value]
    digest: str | None
    seeds: Sequence[int]

    def describe_differences(self, config: Mapping[str, Value], digest: str | None) -> str:
        """What a job has otherwise, in words; nothing if it is one of this setting's.

        The names of a task and a model alone change nothing: an option may have been renamed.
        """
        renamed = [f"{group}.name" for group in ("task", "model") if self._is_of_class(group, config)]
        differ = [key for key, value in self.config.items() if config.get(key) != value and key not in renamed]
        words = [
            f"{key.removesuffix('.name')}={format_value(config.get(key))}, not {format_value(self.config[key])}"
            for key in differ[:MOST_NAMED]
        ]
        words += [f"{len(differ) - MOST_NAMED} keys more"] if len(differ) > MOST_NAMED else []
        words += ["other data"] if digest != self.digest else []
        return "; ".join(words)

    def _is_of_class(self, group: str, config: Mapping[str, Value]) -> bool:
        key = f"{group}._target_"
        return config.get(key) == self.config.get(key)

    def describe_trials(self, seeds: Sequence[int]) -> str:
        """How some trials are not those that the command makes, in words; nothing if they are."""
        if not set(seeds) & set(self.seeds):
            return f"seeds {format_range(seeds)}, not {format_range(self.seeds)}"
        return f"{len(seeds)} of {len(self.seeds)} trials" if len(seeds) < len(self.seeds) else ""


def format_range(seeds: Sequence[int]) -> str:
    """Write seeds as `100 to 109`."""
    return str(min(seeds)) if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"


def read_expected() -> dict[str, Expected]:
    """What is expected of each row, by its command."""
    content = json.loads(EXPECTED.read_text(encoding="utf-8"))
    common = content["common"]
    return {
        command: Expected(
            {key: value for key, value in (common | setting["config"]).items() if value is not None},
            setting["digest"],
            range(*setting["seeds"]),
        )
        for command, setting in content["settings"].items()
    }


def format_expected(settings: Mapping[str, Expected]) -> str:
    """Write `expected.json`: what most settings share once, and a line a setting of what it has otherwise."""
    keys = dict.fromkeys(key for setting in settings.values() for key in setting.config)
    values = {key: [setting.config.get(key) for setting in settings.values()] for key in keys}
    common = {key: max(dict.fromkeys(own), key=own.count) for key, own in values.items()}
    lines = []
    for command, setting in settings.items():
        own = {key: setting.config.get(key) for key in keys if setting.config.get(key) != common[key]}
        seeds = [setting.seeds[0], setting.seeds[-1] + 1]
        lines.append(f"{json.dumps(command)}: {json.dumps({'seeds': seeds, 'digest': setting.digest, 'config': own})}")
    body = ",\n  ".join(lines)
    return f'{{\n "common": {json.dumps(common, indent=2)},\n "settings": {{\n  {body}\n }}\n}}\n'
