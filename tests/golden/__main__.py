"""`python -m tests.golden`: write the golden file anew, after a change that is meant to change numbers."""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden.runs import RUNS, describe, describe_machine

PATH = Path(__file__).with_name("golden.json")

if __name__ == "__main__":
    content = {"machine": describe_machine(), "runs": {name: describe(name) for name in RUNS}}
    PATH.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{PATH}: {len(RUNS)} runs; look at `git diff --stat` and say in the commit why they changed")  # noqa: T201
