from benchmarks.row import Effort
from benchmarks.scale import TRIALS, make_sweep, measure
from multirun_analysis import read_curves, read_sweep, summarise


def test_the_folder_that_is_measured_is_a_sweep_of_distinct_settings(tmp_path):
    make_sweep(tmp_path / "sweep", 30)
    sweep = read_sweep(tmp_path / "sweep")
    assert sweep.notes == []
    assert len(sweep.settings) == 30
    assert (summarise(sweep)["trials"] == TRIALS).all()
    assert read_curves(sweep, [0]).groupby("seed").size().tolist() == [300] * TRIALS


def test_time_and_memory_are_measured_with_their_limits(monkeypatch):
    monkeypatch.setattr("benchmarks.scale.READ", "print('read', 2048)")
    monkeypatch.setattr("benchmarks.scale.REPORT", "print('reported', 1024)")
    rows = measure(Effort(rounds=1, turn_s=0.02, threads=1, quick=True), 1.0)
    assert [(row.unit, row.at_most) for row in rows] == [("s", 20), ("MiB", 1024), ("s", 60), ("MiB", 1024)]
    assert [row.value.median for row in rows if row.unit == "MiB"] == [2, 1]
    assert all(row.holds for row in rows)
