"""Which engine a job gets, and why."""

import subprocess
import sys
from pathlib import Path

import pytest

from seqmem import cells, tasks
from seqmem.engines import choose
from seqmem.engines.choose import ENGINES, choose_engine
from seqmem.engines.fused.engine import FusedEngine
from seqmem.engines.reference.engine import ReferenceEngine
from seqmem.job.job import Job
from seqmem.job.network import Network
from tests.engines.reference.own import Branching

ROOT = Path(__file__).parents[2]
JOB, OWN = (Job(Network(tasks.Recall(), cell, (3,))) for cell in (cells.RNN(), Branching()))


class OnGraphics(ReferenceEngine):
    """An engine for GPUs alone, which this machine has."""

    name, devices, runs = "graphics", ("cuda",), "what fits"

    def check_device(self) -> None:
        pass


@pytest.fixture
def graphics(monkeypatch):
    monkeypatch.setattr(choose, "ENGINES", (OnGraphics, *ENGINES))


def test_a_built_in_job_gets_the_fused_engine():
    choice = choose_engine(JOB, threads=2)
    assert (choice.engine, choice.reason) == (FusedEngine("cpu", 2), "compiled cell")


def test_another_job_gets_the_reference_engine_and_is_told_why():
    choice = choose_engine(OWN)
    assert choice.engine == ReferenceEngine()
    assert choice.reason.startswith("Branching cannot be compiled: .all (own.py, line ")


@pytest.mark.parametrize("kind", ENGINES)
def test_an_engine_that_was_asked_for_is_used(kind):
    choice = choose_engine(JOB, kind.name)
    assert (choice.engine, choice.reason) == (kind(), f"engine={kind.name} was asked for")


def test_an_engine_that_was_asked_for_and_cannot_run_the_job_is_refused():
    with pytest.raises(
        ValueError, match=r"^engine=fused cannot run this job: Branching cannot be .*; choose engine=auto$"
    ):
        choose_engine(OWN, "fused")


def test_an_engine_that_does_not_run_on_the_device_is_refused():
    with pytest.raises(ValueError, match=r"^engine=fused cannot run this job: fused does not run on cuda; choose "):
        choose_engine(JOB, "fused", "cuda")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"engine": "warp"}, "engine must be one of auto, fused, reference, got warp"),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda, got tpu"),
        ({"threads": 0}, "threads must be at least 1 (or null), got 0"),
        ({"threads": 5000}, "threads must be at most 4,096 (or null), got 5000"),
    ],
)
def test_what_there_is_not_is_refused(key, message):
    with pytest.raises(ValueError, match="must be") as refused:
        choose_engine(JOB, **key)
    assert str(refused.value) == message


def test_an_engine_for_a_device_comes_with_its_class_and_its_line(graphics):
    assert choose_engine(JOB, device="cuda").engine == OnGraphics("cuda")
    assert choose_engine(JOB).engine == FusedEngine()
    assert choose_engine(JOB, "graphics", "cuda").engine == OnGraphics("cuda")


def test_engines_are_the_same_on_the_same_device_with_as_many_threads():
    assert ReferenceEngine() == ReferenceEngine("cpu", None)
    assert len({FusedEngine(), ReferenceEngine(), ReferenceEngine("cuda"), ReferenceEngine(threads=1)}) == 4


def test_a_job_of_ones_own_is_planned_without_loading_what_computes():
    program = (
        "import sys; from tests.engines.test_choose import OWN; from seqmem.engines.choose import choose_engine\n"
        "engine = choose_engine(OWN).engine\n"
        "engine.estimate_memory([(OWN, 3)]), engine.estimate_seconds(OWN, 3), engine.stack_key(OWN)\n"
        "sys.exit('numba' in sys.modules or 'torch' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
