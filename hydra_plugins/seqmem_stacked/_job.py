"""What Hydra does around a job, for one whose outcome is there already: `.hydra/` and the job's return."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig, OmegaConf, read_write

from seqmem.records import is_packed, write_note


class _Dumper(getattr(yaml, "CDumper", yaml.Dumper)):  # type: ignore[misc]
    """Writes as OmegaConf does, on libyaml's emitter, where there is one: five times faster."""


@lru_cache(maxsize=10_000)
def _is_quoted(text: str) -> bool:
    """Whether OmegaConf quotes a text, as one that it would read as a number."""
    return OmegaConf.to_yaml([text]).startswith("- '")


def _represent(dumper: Any, text: str) -> yaml.ScalarNode:
    text = text.encode(errors="backslashreplace").decode()  # names of folders need not be UTF-8
    style = "'" if _is_quoted(text) else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)


def close_job(config: DictConfig, folder: Path, name: str, outcome: float | Exception) -> JobReturn:
    """Write a job's `.hydra/` and say how it ended, as `hydra.core.utils.run_job` would.

    Args:
        config: The job's config, Hydra's node included.
        folder: The job's folder.
        name: Of the program.
        outcome: What the job returned, or the exception it ended with.
    """
    with read_write(config.hydra):
        config.hydra.sweep.dir = str(folder.parent)
        config.hydra.sweep.subdir = folder.name
        config.hydra.runtime.output_dir = str(folder.absolute())
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    hydra = OmegaConf.masked_copy(config, "hydra")
    if config.hydra.output_subdir is not None and not is_packed(folder):
        hydra_folder = folder / config.hydra.output_subdir
        for file, content in (("config", own), ("hydra", hydra), ("overrides", config.hydra.overrides.task)):
            write_note(hydra_folder / f"{file}.yaml", format_yaml(content).encode())
    failed = isinstance(outcome, Exception)
    result = JobReturn(
        overrides=list(config.hydra.overrides.task),
        cfg=own,
        hydra_cfg=hydra,
        working_dir=str(Path.cwd()),
        task_name=name,
        status=JobStatus.FAILED if failed else JobStatus.COMPLETED,
    )
    result.return_value = outcome
    return result


def format_yaml(config: Any) -> str:
    """A config as OmegaConf writes it, but for names of folders that are not UTF-8, whose bytes are shown escaped."""
    container = OmegaConf.to_container(config, enum_to_str=True)
    return str(yaml.dump(container, default_flow_style=False, allow_unicode=True, sort_keys=False, Dumper=_Dumper))
