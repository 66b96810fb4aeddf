"""The options of groups, read from their files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


def read_option(group: str, option: str, folders: Sequence[Path]) -> tuple[dict[str, Any], str]:
    """What an option's file sets, with what it is made from, and the remark at its top.

    Args:
        group: The group.
        option: The option's name.
        folders: Where it is looked for, in order.
    """
    path = next(path for folder in folders if (path := folder / group / f"{option}.yaml").exists())
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text) or {}
    for base in content.pop("defaults", []):
        if isinstance(base, str):
            content = read_option(group, base, folders)[0] | content
        else:
            content = {key.removeprefix("override /"): value for key, value in base.items()} | content
    remarks = re.findall(r"^# (?!@package)(.*)", text, re.MULTILINE)
    return content, " ".join(remarks)
