"""When code is compiled, and for which processors it is right."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

AVX2 = "+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+f16c"


def test_other_users_of_numba_keep_their_cache_folder():
    import seqmem.engines.fused.stack  # noqa: F401

    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba.config.CACHE_DIR


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_engine_compiles_nothing():
    code = "from seqmem.engines.fused.program import run; print(len(run.signatures))"
    assert run_python(code) == "0"


TRAIN = """
from seqmem.cells import RNN
from seqmem.engines.engine import Trial
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.fused.program import run
from seqmem.engines.fused.samplers.recall import sample
from seqmem.job.job import Job
from seqmem.job.network import Network
from seqmem.tasks import Recall
task = Recall()
print(FusedStack([Trial(Job(Network(task, RNN(), (5,))), 0)]).advance([5])[0].loss.tolist())
print(sum(run.stats.cache_hits.values()), sum(run.stats.cache_misses.values()), sample.callback.cache_hits)
"""


@pytest.mark.slow
def test_what_was_compiled_is_found_by_the_next_process(tmp_path):
    first = run_python(TRAIN, XDG_CACHE_HOME=str(tmp_path)).splitlines()
    second = run_python(TRAIN, XDG_CACHE_HOME=str(tmp_path)).splitlines()
    assert first[0] == second[0]
    assert (first[1], second[1]) == ("0 1 0", "1 0 1")


@pytest.mark.slow
def test_the_cache_is_not_needed(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    run_python(TRAIN, XDG_CACHE_HOME=str(blocked), TMPDIR=str(blocked))


CHECK = """
import sys
import pytest
from seqmem.engines.fused.simd.target import LANES
assert LANES == 8, LANES
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


@pytest.mark.slow
def test_the_engine_is_right_where_vectors_have_eight_lanes(tmp_path):
    names = ("test_against_reference.py", "test_samplers.py", "test_determinism.py", "simd")
    files = [str(Path(__file__).with_name(name)) for name in names]
    environment = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": AVX2, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", CHECK, *files], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
