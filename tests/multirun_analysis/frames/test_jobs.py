import pytest

from multirun_analysis.frames.jobs import AnalysisError, read_jobs, select_jobs
from seqmem import records
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


def test_all_jobs_below_the_folders_are_read_in_order(tmp_path):
    folders = [write_wrong(tmp_path / name, [1]) for name in ("a/1", "a/2", "b")]
    jobs, problems = read_jobs([tmp_path])
    assert [job.folder for job in jobs] == folders
    assert problems == []


def test_a_job_that_is_named_twice_is_read_once(tmp_path):
    write_wrong(tmp_path / "a", [1])
    jobs, _ = read_jobs([tmp_path, tmp_path / "a"])
    assert len(jobs) == 1


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(AnalysisError, match=r"nowhere: no such folder"):
        read_jobs([tmp_path / "nowhere"])


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(AnalysisError, match=rf"{tmp_path.name}: no results in it or below it"):
        read_jobs([tmp_path])


def test_a_folder_with_damaged_results_only_is_named_with_the_first(tmp_path):
    for name in ("a", "b"):
        (write_wrong(tmp_path / name, [1]) / records.RESULT).write_text("{")
    with pytest.raises(AnalysisError, match=r"only damaged results \(and 1 more\): .*a/result.json is damaged"):
        read_jobs([tmp_path])


def test_a_damaged_job_is_skipped_and_named(tmp_path):
    write_wrong(tmp_path / "good", [1])
    (write_wrong(tmp_path / "cut", [1, 2]) / records.TRIALS).write_text("trial,seed\n0")
    (write_wrong(tmp_path / "gone", [1]) / records.TRIALS).unlink()
    jobs, problems = read_jobs([tmp_path])
    assert [job.folder.name for job in jobs] == ["good"]
    assert len(problems) == 2
    assert "cut/trials.csv is damaged" in problems[0]
    assert "gone/trials.csv is missing" in problems[1]


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_a_job_that_is_not_done_may_have_no_trials_yet(tmp_path, status):
    write_job(tmp_path / "a", None, status)
    (job,), _ = read_jobs([tmp_path])
    assert job.trials == []
    assert job.planned_seeds == range(10)


def test_the_config_tells_the_chosen_engine_and_no_seeds(tmp_path):
    write_job(tmp_path / "a", [make_trial()], engine="reference")
    (job,), _ = read_jobs([tmp_path])
    assert (job.config["engine"], job.config["device"]) == ("reference", "cpu")
    assert not {"seed", "trials", "objective"} & set(job.config)


def test_a_users_own_class_is_called_by_its_name(tmp_path):
    write_wrong(tmp_path / "a", [1], model={"_target_": "theirs.cells.Fancy"})
    (job,), _ = read_jobs([tmp_path])
    assert job.config["model.name"] == "Fancy"


@pytest.fixture
def jobs(tmp_path):
    write_wrong(tmp_path / "a", [1], hidden=2)
    write_wrong(tmp_path / "b", [1], hidden=5, model=LSTM, optimizer={"lr": 0.02}, stop=False)
    return read_jobs([tmp_path])[0]


@pytest.mark.parametrize(
    "where",
    [
        {"model": "lstm"},
        {"model.name": "lstm"},
        {"hidden": 5},
        {"hidden": "5"},
        {"lr": 0.02, "stop": False},
        {"lr": "2e-2", "stop": "false", "clip": "null"},
        {"optimizer.lr": "0.020", "clip": None},
    ],
)
def test_jobs_are_selected_by_full_or_short_key(jobs, where):
    assert [job.folder.name for job in select_jobs(jobs, where)] == ["b"]


def test_a_value_that_no_job_has_is_refused_with_those_there_are(jobs):
    with pytest.raises(AnalysisError, match=r"no job has hidden=3; there are 2, 5"):
        select_jobs(jobs, {"hidden": 3})


def test_a_key_that_no_job_has_is_refused(jobs):
    with pytest.raises(AnalysisError, match=r"hiden is no key of these jobs"):
        select_jobs(jobs, {"hiden": 3})


def test_a_short_key_that_means_several_is_refused_with_them(jobs):
    jobs[0].config.update({"schedule.error": 1, "task.error": 2})
    with pytest.raises(AnalysisError, match=r"error may be any of schedule.error, task.error"):
        select_jobs(jobs, {"error": 1})


def test_jobs_that_owe_more_trials_than_can_be_counted_are_named_and_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("multirun_analysis.frames.jobs.MOST_OWED", 1_000_000)
    write_wrong(tmp_path / "a", [1])
    for name in ("b", "c"):
        write_job(tmp_path / name, [make_trial()], "interrupted", trials=900_000)
    jobs, problems = read_jobs([tmp_path])
    assert [job.folder.name for job in jobs] == ["a", "b"]
    assert problems == [f"{tmp_path / 'c'} owes 899,999 trials, too many to be counted with the rest"]


def test_seeds_and_trials_may_be_written_as_fractions(tmp_path):
    write_job(tmp_path, None, "running", seed=1e1, trials=2e0)
    (job,), _ = read_jobs([tmp_path])
    assert job.planned_seeds == range(10, 12)
