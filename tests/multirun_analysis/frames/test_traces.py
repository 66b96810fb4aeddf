from multirun_analysis import read_sweep, read_traces
from seqmem import records
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


def test_a_trace_is_read_a_row_an_input_step(tmp_path):
    write_wrong(tmp_path, [1, 2])
    assert read_traces(read_sweep(tmp_path)).to_dict("list") == {
        "step": [0, 1], "input": [None, None], "telling": [False, False],
        "gradient_norm": [0.5, 0.25], "h0": [0, 0.5], "h1": [1, -1], "setting": [0, 0],
    }  # fmt: skip


def test_a_setting_of_several_jobs_has_one_trace(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [1], seed=1)
    assert len(read_traces(read_sweep(tmp_path))) == 2


def test_traces_of_some_settings_only_can_be_read(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2)
    write_wrong(tmp_path / "b", [1], hidden=5)
    assert set(read_traces(read_sweep(tmp_path), settings=[1])["setting"]) == {1}


def test_a_damaged_trace_is_left_out_and_noted(tmp_path):
    (write_wrong(tmp_path / "a", [1]) / records.TRACE).write_text("")
    sweep = read_sweep(tmp_path)
    assert read_traces(sweep).empty
    assert "skipped in the traces" in sweep.notes[-1]


def test_a_running_job_has_no_trace(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_job(tmp_path / "b", None, "running", hidden=7)
    sweep = read_sweep(tmp_path)
    assert set(read_traces(sweep)["setting"]) == {0}
    assert len(sweep.notes) == 1


def test_what_was_read_and_what_matters_stand_beside_each_step(tmp_path):
    write_job(tmp_path / "a", [make_trial()], trials=1, steps=["4", "7"], telling=[1])
    write_job(tmp_path / "b", [make_trial()], trials=1, hidden=7)
    traces = read_traces(read_sweep(tmp_path))
    assert traces["input"].fillna("-").tolist() == ["4", "7", "-", "-"]
    assert traces["telling"].tolist() == [False, True, False, False]
