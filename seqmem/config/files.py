"""The user's own files of options: none is read whose aliases would fill the memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from seqmem.config.build import ConfigError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER_FLAGS = ("--config-dir", "-cd", "--config-path", "-cp")
MOST_BYTES = 10**6
MOST_NODES = 10**5  # keys and values of a file, every alias written out


def check_files(arguments: Sequence[str]) -> None:
    """Check the options in the folders that a command line adds.

    Raises:
        ConfigError: if a file is too large, or its aliases stand for too much.
    """
    for folder in _find_folders(arguments):
        for pattern in ("*.yaml", "*/*.yaml", "*/*/*.yaml"):
            for path in sorted(folder.glob(pattern)):
                if path.is_file():
                    _check_file(path)


def _find_folders(arguments: Sequence[str]) -> Iterator[Path]:
    """The folders that flags and Hydra's search path name."""
    for flag, value in pairwise((*arguments, "")):
        if flag in FOLDER_FLAGS:
            yield Path(value)
        elif flag.partition("=")[0] in (*FOLDER_FLAGS, "hydra.searchpath"):
            yield from (
                Path(name.removeprefix("file://")) for name in re.findall(r"[^][,'\"]+", flag.partition("=")[2])
            )


def _check_file(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise ConfigError(f"{path} is too large for a file of options: more than {MOST_BYTES:,} bytes")
    content = path.read_bytes()
    if b"&" not in content or b"*" not in content:
        return
    try:
        root = yaml.compose(content, LOADER)
    except yaml.YAMLError:  # whoever reads it says so
        return
    if root is not None and _count_nodes(root, {}) > MOST_NODES:
        raise ConfigError(f"{path} has aliases that stand for more than {MOST_NODES:,} keys and values")


def _count_nodes(node: yaml.Node, counted: dict[int, float]) -> float:
    """Nodes of a tree, every alias written out; infinite where one refers to itself."""
    if id(node) not in counted:
        counted[id(node)] = float("inf")  # until it is known: who comes back here is a part of itself
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        nodes = [each for part in parts for each in (part if isinstance(part, tuple) else (part,))]
        counted[id(node)] = 1 + sum(_count_nodes(each, counted) for each in nodes)
    return counted[id(node)]
