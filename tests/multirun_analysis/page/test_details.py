import shlex

import numpy as np
import pandas as pd
import pytest

from multirun_analysis import read_curves, read_sweep, summarise_curves
from multirun_analysis.page import details
from multirun_analysis.page.details import MOST_COMMANDS, collect_details, format_command
from seqmem import records
from tests.command import call, elsewhere  # noqa: F401
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong
from tests.multirun_analysis.page.pages import build


def test_a_setting_has_a_name_its_trials_and_its_samples(tmp_path):
    write_job(tmp_path / "a", [make_trial(0, 7, sequences_to_criterion=400)], trials=2)
    (setting,) = collect_details(read_sweep(tmp_path))
    assert setting["name"] == "recall"
    assert setting["trials"] == [[0, "done", 7, 400], [1, "missing", None, None]]
    assert setting["samples"] == [["4 7 0 2", "7", "7"]]


def test_a_curve_has_the_quartiles_of_some_places_the_first_and_the_last_among_them(tmp_path, monkeypatch):
    monkeypatch.setattr(details, "MOST_POSITIONS", 2)
    write_wrong(tmp_path / "a", [300, 600, 1500])
    sweep = read_sweep(tmp_path)
    (setting,) = collect_details(sweep)
    curve = summarise_curves(read_curves(sweep))
    kept = curve.iloc[[0, -1]]
    assert setting["curve"][0] == kept["sequences"].tolist() == [2000, 10_000]
    np.testing.assert_allclose(setting["curve"][1:], 1000 * kept[["low", "median", "high"]].T, atol=0.5)


def test_settings_read_in_several_parts_are_those_read_at_once(tmp_path, monkeypatch):
    for hidden in range(1, 6):
        write_wrong(tmp_path / f"{hidden}", [hidden, 2 * hidden], hidden=hidden)
    at_once = collect_details(read_sweep(tmp_path))
    monkeypatch.setattr(details, "AT_ONCE", 2)
    assert collect_details(read_sweep(tmp_path)) == at_once


def test_a_setting_of_several_jobs_has_the_command_of_each_once(tmp_path):
    write_wrong(tmp_path / "a", [1], overrides=["seed=0"])
    write_wrong(tmp_path / "b", [1], seed=1, overrides=["seed=1"])
    write_wrong(tmp_path / "c", [1], seed=1, overrides=["seed=1"])
    (setting,) = collect_details(read_sweep(tmp_path))
    assert setting["commands"] == ["python -m seqmem.train seed=0", "python -m seqmem.train seed=1"]


def test_a_command_is_quoted_for_a_shell():
    command = format_command(["hidden=[8,8]", "init.input={normal:1}", "model=a b"])
    assert command == "python -m seqmem.train 'hidden=[8,8]' 'init.input={normal:1}' 'model=a b'"


@pytest.mark.parametrize("option", ["--config-dir conf", "-cd=conf", "--config-path conf -cn mine"])
def test_a_command_finds_options_of_ones_own_where_they_were(option):
    command = format_command(["task=adding"], {"command": f"python -m seqmem.train {option} -m task=adding,recall"})
    assert command == f"python -m seqmem.train {option} task=adding"


@pytest.mark.parametrize("origin", [None, {}, {"command": 5}, {"command": "'"}, "text"])
def test_an_origin_that_says_nothing_harms_nobody(origin):
    assert format_command([], origin) == "python -m seqmem.train"


def test_the_command_makes_the_setting_again(elsewhere):  # noqa: F811
    tiny = ["max_sequences=128", "evaluate_every=64", "test_sequences=20", "trials=2", "engine=reference"]
    call("-m", "hidden=2,[3,2]", "seed=5", "hydra.sweep.dir=first", *tiny)
    first = read_sweep("first")
    for index, setting in enumerate(collect_details(first)):
        (command,) = setting["commands"]
        done = call(*shlex.split(command)[3:], f"hydra.run.dir=again{index}")
        assert done.code == 0, done.err
        again = read_sweep(f"again{index}").trials
        made = first.trials[first.trials["setting"] == index].reset_index(drop=True)
        unlike = ["hidden", "setting", "job", "wall_time_s"]
        pd.testing.assert_frame_equal(made.drop(columns=unlike), again.drop(columns=unlike, errors="ignore"))


def test_long_samples_are_cut_and_say_so(tmp_path):
    folder = write_wrong(tmp_path / "a", [1])
    (folder / records.SAMPLES).write_text(f"trial,input,target,prediction\n0,{'7' * 1000},1,1\n")
    (setting,) = collect_details(read_sweep(tmp_path))
    assert setting["samples"] == [["7" * 300 + " ..", "1", "1"]]


def test_of_very_many_settings_and_trials_the_first_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(details, "MOST_SETTINGS", 1)
    monkeypatch.setattr(details, "MOST_TRIALS", 2)
    write_wrong(tmp_path / "a", [1, 2, 3])
    write_wrong(tmp_path / "b", [1, 2, 3], model=LSTM)
    (setting,) = collect_details(read_sweep(tmp_path))
    assert (setting["name"], len(setting["trials"]), setting["all_trials"]) == ("recall lstm", 2, 3)


def test_a_damaged_curve_is_left_out_and_named_once(tmp_path):
    (write_wrong(tmp_path / "a", [1]) / records.CURVES).write_text("nonsense")
    sweep = read_sweep(tmp_path)
    read_curves(sweep)  # as the figures do
    (setting,) = collect_details(sweep)
    assert "curve" not in setting
    assert len([note for note in sweep.notes if "curves.csv is damaged" in note]) == 1


def test_a_job_that_has_just_begun_has_a_name_and_a_command(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_job(tmp_path / "b", None, "running", model=LSTM, trials=1, overrides=["model=lstm"])
    setting = collect_details(read_sweep(tmp_path))[0]
    assert set(setting) == {"name", "trials", "all_trials", "commands"}


@pytest.mark.parametrize("overrides", ['"model=lstm"', "5", "null"])
def test_overrides_that_are_no_list_harm_nobody(tmp_path, overrides):
    write_wrong(tmp_path / "a", [1])
    path = write_wrong(tmp_path / "b", [1]) / records.RESULT
    path.write_text(path.read_text().replace('"overrides": []', f'"overrides": {overrides}'))
    page = build(tmp_path)
    assert b"report" not in page[:20]
    assert b"b/result.json is damaged: overrides is " in page


def test_commands_are_cut_off_where_there_are_many_or_they_are_very_long(tmp_path):
    for seed in range(MOST_COMMANDS + 5):
        write_wrong(tmp_path / f"{seed}", [1], seed=seed, overrides=[f"seed={seed}", "x" * 20_000])
    (detail,) = collect_details(read_sweep(tmp_path))
    assert len(detail["commands"]) == MOST_COMMANDS
    assert {len(command) for command in detail["commands"]} == {10_003}
