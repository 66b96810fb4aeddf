import json

from multirun_analysis import read_sweep
from multirun_analysis.page.overview import count_statuses, format_title, list_facts
from tests.multirun_analysis.folders import GRU, LSTM, make_trial, write_job, write_wrong


def test_the_title_names_what_was_compared(tmp_path):
    write_wrong(tmp_path / "a", [1])
    assert format_title(read_sweep(tmp_path)) == "rnn on recall"
    write_wrong(tmp_path / "b", [1], model=LSTM)
    assert format_title(read_sweep(tmp_path)) == "lstm and rnn on recall"
    write_wrong(tmp_path / "c", [1], model=GRU, task={"name": "echo"})
    assert format_title(read_sweep(tmp_path)) == "gru, lstm and rnn on echo and recall"


def test_the_title_counts_what_it_would_take_long_to_name(tmp_path):
    for index in range(7):
        write_wrong(tmp_path / f"{index}", [1], model=LSTM | {"name": f"lstm{index}"})
    assert format_title(read_sweep(tmp_path)) == "7 models on recall"


def test_what_is_done_comes_first_of_the_statuses():
    assert count_statuses(["missing", "done", "diverged", "done"]) == [("done", 2), ("diverged", 1), ("missing", 1)]


def test_the_facts_say_where_how_much_and_with_what(tmp_path):
    write_job(tmp_path / "x" / "a", [make_trial(0), make_trial(1, None, status="diverged")], trials=2)
    write_job(tmp_path / "y" / "b", None, "failed", "broken", model=LSTM, trials=3)
    assert list_facts(read_sweep(tmp_path)) == [
        ("Folders", [str(tmp_path / "x"), str(tmp_path / "y")]),
        ("Settings", ["2"]),
        ("Jobs", ["1 done, 1 failed"]),
        ("Trials", ["1 done, 1 diverged, 3 failed"]),
        ("Commands", ["python -m seqmem.train -m"]),
        ("Written", ["2026-11-22 01:00:00 UTC"]),
        ("Machines", ["EPYC"]),
        ("Versions", ["seqmem 0.1.0, python 3.11.7"]),
    ]


def test_the_facts_say_when_the_first_and_the_last_result_was_written(tmp_path):
    for hour in (3, 1, 2):
        path = write_wrong(tmp_path / f"{hour}", [1], hidden=hour) / "result.json"
        path.write_text(path.read_text().replace("T01:", f"T0{hour}:"))
    written = dict(list_facts(read_sweep(tmp_path)))["Written"]
    assert written == ["2026-11-22 01:00:00 UTC to 2026-11-22 03:00:00 UTC"]


def test_a_result_without_versions_and_origin_has_fewer_facts(tmp_path):
    path = write_wrong(tmp_path / "a", [1]) / "result.json"
    kept = {key: value for key, value in json.loads(path.read_text()).items() if key not in ("versions", "origin")}
    path.write_text(json.dumps(kept))
    assert [name for name, _ in list_facts(read_sweep(tmp_path))] == ["Folders", "Settings", "Jobs", "Trials"]


def test_of_very_many_folders_the_first_are_told(tmp_path):
    for index in range(14):
        write_wrong(tmp_path / f"{index:02}" / "a", [1], hidden=index + 1)
    folders = dict(list_facts(read_sweep(tmp_path)))["Folders"]
    assert folders[0] == str(tmp_path / "00")
    assert folders[-1] == "and 2 more"


def test_several_versions_are_told_with_their_jobs(tmp_path):
    for name in "abc":
        write_wrong(tmp_path / name, [1], hidden=ord(name))
    path = tmp_path / "c" / "result.json"
    path.write_text(path.read_text().replace("3.11.7", "3.12.1"))
    facts = dict(list_facts(read_sweep(tmp_path)))
    assert facts["Versions"] == ["seqmem 0.1.0, python 3.11.7 (2 jobs)", "seqmem 0.1.0, python 3.12.1 (1 jobs)"]


def test_a_line_that_is_very_long_is_cut_off(tmp_path):
    path = write_wrong(tmp_path / "a", [1]) / "result.json"
    path.write_text(path.read_text().replace("python -m seqmem.train -m", "x" * 900_000))
    assert dict(list_facts(read_sweep(tmp_path)))["Commands"] == [f"{'x' * 2000} .."]
