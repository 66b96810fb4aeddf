"""Looks the versions that the tests install up in an index of advisories; says so loudly where none can be reached.

Exit code 1 if there is an advisory on any of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
SERVICES = ("pypi", "osv")  # that pip-audit knows
PATIENCE_S = 45


def main() -> int:
    """Ask one index after the other, until one answers."""
    for service in SERVICES:
        found = list(ask(service))
        audited = [package for package in found if "skip_reason" not in package]
        if audited:
            return report(audited, len(found) - len(audited))
    print("AUDIT SKIPPED: no index of advisories can be reached from here; nothing was looked up.")
    return 0


def ask(service: str) -> Iterator[dict[str, Any]]:
    """What an index says of each locked package, and of torch, which the lock leaves out; nothing if it is silent."""
    with tempfile.TemporaryDirectory() as folder:
        torch = Path(folder) / "torch.txt"
        lines = (ROOT / "constraints.txt").read_text().splitlines()
        torch.write_text("\n".join(line for line in lines if line.startswith("torch==")))
        for requirements in (LOCK, torch):
            command = [
                "pip_audit",
                "--vulnerability-service",
                service,
                "--format",
                "json",
                "--no-deps",
                "--disable-pip",
            ]
            try:
                finished = subprocess.run(
                    [sys.executable, "-m", *command, "--requirement", str(requirements)],
                    capture_output=True,
                    text=True,
                    timeout=PATIENCE_S,
                )
                yield from json.loads(finished.stdout)["dependencies"]
            except (subprocess.TimeoutExpired, ValueError, KeyError):
                return


def report(packages: list[dict[str, Any]], unknown: int) -> int:
    """Print every advisory; returns the exit code."""
    advisories = [(package, advisory) for package in packages for advisory in package.get("vulns", ())]
    for package, advisory in advisories:
        fixed = ", ".join(advisory.get("fix_versions", ())) or "no version yet"
        print(f"{package['name']} {package['version']}: {advisory['id']}, fixed in {fixed}")
    more = f"; {unknown} packages are not known to the index" if unknown else ""
    print(f"Audited {len(packages)} packages, {len(advisories)} advisories{more}.")
    return 1 if advisories else 0


if __name__ == "__main__":
    sys.exit(main())
