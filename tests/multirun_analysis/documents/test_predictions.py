"""Some predictions of each network."""

from multirun_analysis import read_sweep
from multirun_analysis.documents.findings import find
from multirun_analysis.documents.predictions import build_predictions
from seqmem import records
from tests.multirun_analysis.documents.answers import answer, expect, make_row
from tests.multirun_analysis.folders import make_trial

ROW = make_row()
HEAD = "trial,input,target,prediction\n"


def read(folder, samples, **changes):
    answer(folder, ROW, [make_trial(0), make_trial(1)], **changes)
    (folder / records.SAMPLES).write_text(HEAD + samples, encoding="utf-8")
    sweep = read_sweep(folder)
    return build_predictions(find([ROW], sweep, expect(ROW)), sweep)


def test_an_answer_follows_its_input_and_a_wrong_one_is_followed_by_what_is_right(tmp_path):
    network, text = read(tmp_path, "0,4 7 0,7,7\n0,8 1,1,3\n")
    assert (network.entries, text.entries) == (["RNN 4"], ["4 7 0 -> 7; 8 1 -> 3 (right: 1)"])


def test_five_are_shown_and_images_are_not(tmp_path):
    _, text = read(tmp_path, '0,"⠀\n⢯",6,6\n' * 7)
    assert text.entries == ["; ".join(["-> 6"] * 5)]


def test_what_was_run_otherwise_or_left_no_samples_is_not_shown(tmp_path):
    assert read(tmp_path / "otherwise", "0,4 7,7,7\n", hidden=7) is None
    assert read(tmp_path / "none", "") is None
