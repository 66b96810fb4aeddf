from multirun_analysis import read_samples, read_sweep
from tests.multirun_analysis.folders import LSTM, write_job, write_wrong


def test_the_samples_of_each_settings_first_trial_are_read(tmp_path):
    write_wrong(tmp_path / "a", [1, 2])
    write_wrong(tmp_path / "b", [3], model=LSTM)
    samples = read_samples(read_sweep(tmp_path))
    assert samples.to_numpy().tolist() == [[0, "4 7 0 2", "7", "7"], [1, "4 7 0 2", "7", "7"]]


def test_only_the_settings_asked_for_are_read(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [3], model=LSTM)
    assert list(read_samples(read_sweep(tmp_path), [1])["setting"]) == [1]


def test_a_setting_of_several_jobs_has_the_samples_of_one(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [3], seed=1)
    assert len(read_samples(read_sweep(tmp_path))) == 1


def test_damaged_samples_are_left_out_and_named(tmp_path):
    (write_wrong(tmp_path / "a", [1]) / "samples.csv").write_text("nonsense")
    sweep = read_sweep(tmp_path)
    assert read_samples(sweep).empty
    assert sweep.notes[0].startswith(f"skipped in the samples: {tmp_path / 'a' / 'samples.csv'} is damaged")


def test_a_job_that_is_not_done_has_no_samples(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_job(tmp_path / "b", None, "running", model=LSTM)
    assert len(read_samples(read_sweep(tmp_path))) == 1
