"""What the machine offers, read from the files that the system shows."""

import subprocess
import sys

import pytest

from seqmem import machine

GB = 2**30


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A machine with 8 GB free, without a container and without a limit of its own."""
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(machine, "STATM", tmp_path / "none")
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GB // 1024} kB\n")
    return tmp_path


def test_what_is_free_is_available(files):
    assert machine.available_memory() == 8 * GB


def test_a_container_leaves_less_but_for_files_that_it_keeps_in_memory(files):
    (files / "memory.max").write_text(f"{4 * GB}\n")
    (files / "memory.current").write_text(f"{3 * GB}\n")
    (files / "memory.stat").write_text(f"anon 5\ninactive_file {GB}\n")
    assert machine.available_memory() == 2 * GB


def test_a_container_that_is_full_leaves_nothing(files):
    (files / "memory.max").write_text("1000\n")
    (files / "memory.current").write_text("2000\n")
    assert machine.available_memory() == 0


def test_a_container_without_a_limit_is_none(files):
    (files / "memory.max").write_text("max\n")
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
    assert machine.read_size(size) == read
