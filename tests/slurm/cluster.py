"""A Slurm cluster of two nodes on this machine, without systemd: in a folder of its own, on the loopback alone."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

NODES = ("n1", "n2")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "sinfo", "scancel")
CONFIG = """
ClusterName=seqmem-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
StateSaveLocation={folder}/state
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdSpoolDir={folder}/%n
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=8
KillWait=5
MinJobAge=60
MaxArraySize=101
SchedulerParameters=sched_interval=2,bf_interval=2
RebootProgram=/bin/false
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=1 RealMemory=2000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverTimeLimit=0 PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
"""


def find_missing() -> list[str]:
    """Programs of Slurm that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Cluster:
    """Started when entered; what it started is ended when it is left, and nothing else.

    Args:
        folder: Empty; all that the cluster writes lies there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self) -> Cluster:
        first = _find_free_ports(3)
        (self.folder / "state").mkdir()
        values = {"host": socket.gethostname(), "folder": self.folder, "controller": first}
        text = CONFIG.format(**values, first=first + 1, last=first + 2)
        (self.folder / "slurm.conf").write_text(text)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        try:
            files = [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
            self._start("munged", "munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *files)
            self._wait(lambda: (self.folder / "munge.socket").exists(), "munged")
            self._start("slurmctld", "slurmctld", "-D")
            for node in NODES:
                self.start_node(node)
            self._wait(lambda: self.list_idle() == [*NODES], "the nodes")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if "slurmctld" in self.processes:
            self.clear()
        for name in reversed(list(self.processes)):
            self.stop(name)

    def clear(self) -> None:
        """End all jobs, and wait until they have."""
        self.run("scancel", "--user=root", check=False)
        deadline = time.monotonic() + 30
        while self.run("squeue", "--noheader", check=False) and time.monotonic() < deadline:
            time.sleep(0.2)

    def start_node(self, name: str) -> None:
        """Start a node's daemon."""
        self._start(name, "slurmd", "-D", "-N", name)

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a daemon that was started here: `munged`, `slurmctld` or a node's."""
        process = self.processes.pop(name)
        process.send_signal(number)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(self, *command: str, check: bool = True) -> str:
        """Run one of Slurm's commands; returns what it prints."""
        finished = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=check
        )
        return finished.stdout.strip()

    def list_idle(self) -> list[str]:
        """Nodes that have nothing to do."""
        listed = self.run("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N", check=False)
        return sorted(set(listed.split()))  # once a partition

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self.processes.values()):
                logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"{what} did not start: {logs}")
            time.sleep(0.2)


def _find_free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(20_000 + os.getpid() % 10_000, 60_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no ports are free")
