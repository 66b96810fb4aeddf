"""The memory that a job is said to need, against what a process of its own then takes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEASURE = """
import re, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from seqmem.engines.engine import Trial
from seqmem.records import write_state
from tests.config.composing import make_setting

def read(name):
    return int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1))

def train(*overrides):
    setting = make_setting("max_sequences=128", "evaluate_every=64", *overrides)
    stack = setting.choice.engine.build([Trial(setting.job, seed) for seed in setting.job.seeds])
    stack.advance([1] * setting.job.trials)
    stack.evaluate([0])
    with TemporaryDirectory() as folder:
        states = {trial: {"engine": stack.state(trial)} for trial in range(setting.job.trials)}
        write_state(Path(folder), "", states)
    del states
    [stack.weights(trial) for trial in range(setting.job.trials)]
    return setting

kind = [value for value in sys.argv[1:] if value.startswith(("engine", "model", "task="))]
train(*kind, "hidden=2", "trials=1", "test_sequences=10")
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = read("VmRSS")
setting = train(*sys.argv[1:])
print((read("VmHWM") - before) * 1024, setting.choice.engine.estimate_memory([(setting.job, setting.job.trials)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        "engine=fused model=lstm task=long_lag hidden=500 trials=10",
        "engine=fused model=lstm task=recall hidden=1000 trials=10",
        "engine=fused model=gru task=recall trials=10 train_set=500000",
        "engine=fused model=lstm task=long_lag task.p=20000 trials=2 test_sequences=100",
        "engine=reference model=rnn task=recall hidden=100 trials=50 batch_size=256",
        "engine=reference model=lstm task=long_lag hidden=64 trials=10",
        "engine=reference model=gru task=recall hidden=1000 trials=4",
        "engine=reference model=lstm task=long_lag hidden=64 trials=1 batch_size=2 test_sequences=600",
        "engine=reference model=lstm task=binary_addition task.max_bits=50 hidden=[50,50] trials=10",
    ],
)
def test_the_estimate_is_within_a_factor_of_two_and_a_half_of_what_is_taken(overrides):
    program = [sys.executable, "-c", MEASURE, *overrides.split()]
    finished = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    taken, estimated = map(float, finished.stdout.split())
    assert taken / 2.5 < estimated < taken * 2.5, f"{overrides}: {taken:.3g} taken, {estimated:.3g} estimated"
