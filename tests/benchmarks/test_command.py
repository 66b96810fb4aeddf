"""The command line measures, prints a table and writes it."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.__main__ import OTHERS, SECTIONS, main
from benchmarks.fresh import ProgramError
from benchmarks.own import OwnDigits, OwnOrder
from seqmem.engines.engine import Trial
from seqmem.engines.fused.samplers.ahead import is_drawn_ahead
from seqmem.engines.fused.stack import FusedStack
from seqmem.engines.fused.structs import TRAIN
from seqmem.tasks import RowDigits, TemporalOrder
from tests.engines.fused.jobs import job_of

ROOT = Path(__file__).parents[2]


def test_an_unknown_section_is_named_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["recal"])
    assert "section must be one of recall, temporal_order" in capsys.readouterr().err


@pytest.mark.slow
def test_a_quick_run_measures_every_section_and_writes_table_and_figure(tmp_path):
    if find_spec("optax") is None:  # looked for, not imported: absl, which it brings, takes over the log
        pytest.skip("needs what `make bench` installs")
    command = [sys.executable, "-m", "benchmarks", "--quick", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "floors reached" in done.stdout
    table = pd.read_csv(tmp_path / "bench.csv")
    assert set(table["section"]) == set(SECTIONS)
    assert (tmp_path / "bench_growth.svg").exists()


def test_a_section_that_fails_leaves_the_others_their_rows(tmp_path, monkeypatch, capsys):
    def fail(effort, peak):
        raise ProgramError("python -m this failed")

    monkeypatch.setitem(OTHERS, "start", fail)
    with pytest.raises(SystemExit, match="failed: start"):
        main(["peak", "start", "--quick", "--output", str(tmp_path)])
    assert "python -m this failed" in capsys.readouterr().err
    assert set(pd.read_csv(tmp_path / "peak_start.csv")["section"]) == {"peak"}


def test_tasks_of_ones_own_draw_the_same_as_the_built_in_ones_that_they_are_measured_beside():
    for own, built_in in ((OwnOrder(), TemporalOrder()), (OwnDigits(), RowDigits())):
        found, expected = (FusedStack([Trial(job_of(task, test_sequences=9), 0)]) for task in (own, built_in))
        assert np.array_equal(found.advance([3])[0].loss, expected.advance([3])[0].loss)
        assert is_drawn_ahead(found.trials[0].job, TRAIN) == (own.training_set is None)
        assert not is_drawn_ahead(expected.trials[0].job, TRAIN)
