"""The lock of all that the tests install, and the audit of it."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()


def read_pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_every_package_of_the_lock_is_pinned_with_hashes():
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK.strip()) if not entry.startswith("#")]
    assert len(entries) > 50
    assert all(re.match(r"[\w.-]+==\S+ (; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_the_lock_names_no_host():
    assert not re.search(r"://|--index|--find-links", LOCK)


def test_the_lock_has_the_versions_of_the_constraints():
    locked, pinned = read_pins(LOCK), read_pins((ROOT / "constraints.txt").read_text())
    assert {name: locked[name] for name in pinned if name in locked} == {
        name: version for name, version in pinned.items() if name in locked
    }


def test_the_lock_has_all_that_the_project_and_its_tests_need_but_torch():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[\w-]+", requirement).group().lower() for requirement in needed}
    assert names - set(read_pins(LOCK)) == {"torch"}


# The audit.


@pytest.fixture
def audit(monkeypatch):
    """The audit, with what each index answers."""
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def answer(**answers: list[dict] | None) -> int:
        def run(command: list[str], **_options) -> subprocess.CompletedProcess[str]:
            service = command[command.index("--vulnerability-service") + 1]
            if answers.get(service) is None:
                return subprocess.CompletedProcess(command, 1, "", "no such host")
            if "torch" in Path(command[-1]).name:
                assert re.fullmatch(r"torch==\S+", Path(command[-1]).read_text())
                return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": []}), "")
            return subprocess.CompletedProcess(command, 1, json.dumps({"dependencies": answers[service]}), "")

        monkeypatch.setattr(module.subprocess, "run", run)
        return module.main()

    return answer


GOOD = {"name": "numpy", "version": "2.4.6", "vulns": []}
BAD = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "CVE-2030-1", "fix_versions": ["3.1.7"]}]}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found"}


def test_an_advisory_fails_the_audit(audit, capsys):
    assert audit(pypi=[GOOD, BAD, UNKNOWN]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "jinja2 3.1.6: CVE-2030-1, fixed in 3.1.7",
        "Audited 2 packages, 1 advisories; 1 packages are not known to the index.",
    ]


def test_without_an_advisory_the_audit_passes(audit, capsys):
    assert audit(pypi=[GOOD]) == 0
    assert capsys.readouterr().out == "Audited 1 packages, 0 advisories.\n"


def test_the_second_index_is_asked_where_the_first_is_silent(audit):
    assert audit(pypi=[UNKNOWN], osv=[BAD]) == 1
    assert audit(pypi=None, osv=[GOOD]) == 0


def test_an_audit_without_an_index_is_skipped_loudly(audit, capsys):
    assert audit(pypi=[UNKNOWN], osv=None) == 0
    assert capsys.readouterr().out.startswith("AUDIT SKIPPED: no index of advisories can be reached from here")


def test_what_is_installed_is_what_is_locked():
    code = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    installed = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
    names = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in installed.items()}
    other = {name: (names[name], version) for name, version in read_pins(LOCK).items() if names.get(name) != version}
    assert other == {} or "hydra-next" in sys.prefix
