from multirun_analysis import read_sweep
from multirun_analysis.conclusions.folders import describe_folders
from tests.multirun_analysis.folders import LSTM, write_wrong


def test_what_differs_between_two_sweeps_is_named(tmp_path):
    write_wrong(tmp_path / "a" / "1", [1, 2], clip=None)
    write_wrong(tmp_path / "a" / "2", [1, 2], clip=None, model=LSTM)
    write_wrong(tmp_path / "b" / "1", [1, 2], clip=1, model=LSTM)
    folders = [tmp_path / "a", tmp_path / "b"]
    (line,) = describe_folders(read_sweep(*folders), folders)
    assert line.startswith(f"Between {folders[0]} and {folders[1]} differ: model (lstm, rnn; lstm), clip (none; 1)")


def test_sweeps_of_the_same_settings_are_said_to_be(tmp_path):
    write_wrong(tmp_path / "a" / "1", [1, 2])
    write_wrong(tmp_path / "b" / "1", [1, 2], seed=5)
    folders = [tmp_path / "a", tmp_path / "b"]
    assert describe_folders(read_sweep(*folders), folders) == [f"{folders[0]} and {folders[1]} hold the same settings."]


def test_one_sweep_has_nothing_beside_it(tmp_path):
    write_wrong(tmp_path / "1", [1, 2])
    assert describe_folders(read_sweep(tmp_path), [tmp_path]) == []
