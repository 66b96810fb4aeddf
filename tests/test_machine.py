"""What the machine offers, read from the files that the system shows."""

import subprocess
import sys

import pytest

from seqmem import machine

GB = 2**30


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A machine with 8 GB free, without groups and without a limit of its own."""
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "GROUP_MOUNT", tmp_path / "groups")
    monkeypatch.setattr(machine, "STATM", tmp_path / "none")
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GB // 1024} kB\n")
    return tmp_path


def enter(files, *lines):
    (files / "cgroup").write_text("".join(f"{line}\n" for line in lines))


def limit(folder, most, used=0, kept=0):
    """Make a group of version 2."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{most}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {kept}\n")


def limit_v1(folder, most, used=0, kept=0):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.limit_in_bytes").write_text(f"{most}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"inactive_file 1\ntotal_rss 5\ntotal_inactive_file {kept}\n")


def test_what_is_free_is_available(files):
    assert machine.available_memory() == 8 * GB


def test_a_container_leaves_less_but_for_files_that_it_keeps_in_memory(files):
    enter(files, "0::/")
    limit(files / "groups", 4 * GB, used=3 * GB, kept=GB)
    assert machine.available_memory() == 2 * GB


def test_a_container_that_is_full_leaves_nothing(files):
    enter(files, "0::/")
    limit(files / "groups", 1000, used=2000)
    assert machine.available_memory() == 0


def test_a_container_without_a_limit_is_none(files):
    enter(files, "0::/")
    limit(files / "groups", "max")
    assert machine.available_memory() == 8 * GB


@pytest.mark.parametrize("tightest", ["", "system.slice", "system.slice/slurm", "system.slice/slurm/job_7"])
def test_of_nested_groups_the_tightest_counts(files, tightest):
    enter(files, "0::/system.slice/slurm/job_7")
    for group in ("", "system.slice", "system.slice/slurm", "system.slice/slurm/job_7"):
        limit(files / "groups" / group, 3 * GB if group == tightest else 6 * GB, used=GB)
    assert machine.available_memory() == 2 * GB


def test_memory_beyond_which_a_group_is_slowed_down_counts_as_a_limit(files):
    enter(files, "0::/user.slice")
    limit(files / "groups" / "user.slice", "max", used=GB)
    (files / "groups" / "user.slice" / "memory.high").write_text(f"{2 * GB}\n")
    assert machine.available_memory() == GB


@pytest.mark.parametrize("mount", ["groups", "groups/unified"])
def test_a_system_with_both_versions_may_limit_by_either(files, mount):
    enter(files, "4:memory:/slurm/job_7", "1:cpu,cpuacct:/slurm/job_7", "0::/slurm/job_7")
    limit(files / mount / "slurm" / "job_7", 2 * GB)
    assert machine.available_memory() == 2 * GB
    limit_v1(files / "groups" / "memory" / "slurm" / "job_7", GB)
    assert machine.available_memory() == GB


@pytest.mark.parametrize("tightest", ["", "slurm", "slurm/uid_5", "slurm/uid_5/job_7"])
def test_of_nested_groups_of_version_1_the_tightest_counts(files, tightest):
    enter(files, "9:name=systemd:/", "4:memory:/slurm/uid_5/job_7", "3:cpuset:/other")
    for group in ("", "slurm", "slurm/uid_5", "slurm/uid_5/job_7"):
        most = 3 * GB if group == tightest else 9223372036854771712
        limit_v1(files / "groups" / "memory" / group, most, used=2 * GB, kept=GB)
    assert machine.available_memory() == 2 * GB


@pytest.mark.parametrize("line", ["4:memory:/docker/0123abcd", "4:memory:/../outside", "0::/../../outside"])
def test_a_container_that_sees_only_its_own_group_is_limited_by_that(files, line):
    enter(files, line)
    if line.startswith("0"):
        limit(files / "groups", GB)
    else:
        limit_v1(files / "groups" / "memory", GB)
    assert machine.available_memory() == GB


def test_groups_of_other_resources_do_not_count(files):
    enter(files, "1:cpu,cpuacct:/job_7", "2:name=memory:/job_7")
    limit_v1(files / "groups" / "memory" / "job_7", GB)
    assert machine.available_memory() == 8 * GB


def test_a_system_that_does_not_tell_what_is_free_has_all_that_is_built_in(files):
    (files / "meminfo").unlink()
    assert 0 < machine.available_memory() < float("inf")


def test_a_processs_own_limit_counts():
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); "
        "from seqmem.machine import available_memory; print(available_memory())"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 0 < float(finished.stdout) < 2**30


GIVE_BACK = """
import os
from pathlib import Path
from seqmem.machine import give_back_memory

def measure():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

blocks = [bytes(2000) for _ in range(50_000)]
kept = blocks[:: 1000]  # between which the others lie
del blocks
before = measure()
give_back_memory()
print(before - measure())
"""


def test_what_was_freed_between_what_is_kept_is_given_back():
    finished = subprocess.run([sys.executable, "-c", GIVE_BACK], capture_output=True, text=True, check=True)
    assert float(finished.stdout) > 50_000_000


def test_where_the_system_cannot_be_asked_nothing_is_given_back(monkeypatch):
    def fail(name):
        raise OSError("no library")

    monkeypatch.setattr("ctypes.CDLL", fail)
    machine.give_back_memory()


def test_a_processor_has_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name\t: Ours 3000\n\nmodel name\t: other\n")
    assert machine.processor_name.__wrapped__() == "Ours 3000"


def test_a_processor_that_the_system_does_not_name_is_called_by_its_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
    assert machine.processor_name.__wrapped__()


def test_there_is_a_core():
    assert machine.count_cores() >= 1


@pytest.mark.parametrize(
    ("size", "read"),
    [(0, "0 bytes"), (999, "999 bytes"), (999.7, "1 kB"), (20_500, "20.5 kB"), (4e9, "4 GB"), (2.5e20, "250 EB"),
     (1e24, "1e+06 EB")],
)  # fmt: skip
def test_sizes_are_read_in_three_digits(size, read):
    assert machine.format_size(size) == read
