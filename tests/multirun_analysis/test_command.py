import subprocess
import sys

import pytest

from multirun_analysis.command import main
from seqmem import records
from tests.multirun_analysis.folders import LSTM, make_trial, write_job, write_wrong


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    write_wrong(tmp_path / "rnn", range(100, 110))
    write_wrong(tmp_path / "lstm", range(10), model=LSTM)
    return tmp_path


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_table_and_the_conclusion_are_printed_and_the_place_last(sweep, capsys):
    assert main([str(sweep)]) == 0
    out = capsys.readouterr().out
    assert "recall  lstm       10  0 of 10  [0, 28]      4.5      0.1  [0.0, 0.3]" in out
    assert "model: lstm was wrong in 0.1 % of test sequences, rnn in 3.5 %: 3.3 points less [3.2, 3.4], p < .001" in out
    assert out.splitlines()[-1].startswith(f"Written to {sweep / 'analysis'} (report.html, tables.md, tables.tex, ")


def test_files_go_into_a_folder_of_their_own_in_the_first_sweep(sweep, capsys):
    before = names(sweep)
    main([str(sweep)])
    new = set(names(sweep)) - set(before)
    assert {"analysis/report.html", "analysis/tables.md", "analysis/trials.csv", "analysis/learning_curves.svg"} < new
    assert all(name.startswith("analysis") for name in new)


def test_no_file_of_a_job_is_touched(sweep, capsys):
    def state():
        files = [path for job in ("rnn", "lstm") for path in (sweep / job).rglob("*")]
        return {path: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes()) for path in files}

    before = state()
    main([str(sweep), "--by", "model"])
    assert state() == before


def test_files_go_where_they_are_asked_to(sweep, tmp_path, capsys):
    assert main([str(sweep), "--out", str(tmp_path / "x" / "out")]) == 0
    assert (tmp_path / "x" / "out" / "tables.md").exists()
    assert not (sweep / "analysis").exists()


def test_files_of_a_single_job_go_beside_it(sweep, capsys):
    before = names(sweep / "rnn")
    assert main([str(sweep / "rnn")]) == 0
    assert names(sweep / "rnn") == before
    assert (sweep / "rnn-analysis" / "tables.md").exists()


def test_tables_are_written_before_anything_is_drawn(sweep, monkeypatch):
    class NotDrawnError(Exception): ...

    def draw(*_):
        raise NotDrawnError

    monkeypatch.setattr("multirun_analysis.report.draw_all", draw)
    with pytest.raises(NotDrawnError):
        main([str(sweep)])
    assert {"summary.csv", "tables.md", "tables.tex", "trials.csv"} < set(names(sweep / "analysis"))
    assert not {name for name in names(sweep / "analysis") if name.endswith((".svg", ".html"))}


def test_it_can_be_run_again(sweep, capsys):
    main([str(sweep)])
    first = (sweep / "analysis" / "tables.md").read_bytes()
    assert main([str(sweep)]) == 0
    assert (sweep / "analysis" / "tables.md").read_bytes() == first


def test_several_folders_are_compared(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "1000")
    write_wrong(tmp_path / "x" / "rnn", range(100, 110))
    write_wrong(tmp_path / "y" / "lstm", range(10), model=LSTM)
    assert main([str(tmp_path / "x"), str(tmp_path / "y")]) == 0
    out = capsys.readouterr().out
    assert f"Between {tmp_path / 'x'} and {tmp_path / 'y'} differ: model (rnn; lstm)." in out
    assert "model: lstm was wrong in 0.1 % of test sequences, rnn in 3.5 %" in out


def test_one_key_is_compared_where_it_is_asked_for(tmp_path, capsys):
    for hidden in (2, 5):
        write_wrong(tmp_path / f"rnn{hidden}", range(100, 110), hidden=hidden)
        write_wrong(tmp_path / f"lstm{hidden}", range(10), model=LSTM, hidden=hidden)
    assert main([str(tmp_path), "--compare", "hidden"]) == 0
    out = capsys.readouterr().out
    assert "hidden: no difference shown" in out
    assert "model:" not in out


def test_a_key_that_does_not_vary_cannot_be_compared(sweep, capsys):
    assert main([str(sweep), "--compare", "lr"]) == 2
    assert capsys.readouterr().err == (
        "multirun_analysis: lr does not vary between these settings; choose from model\n"
    )


def test_what_is_damaged_or_unfinished_is_named_on_stderr(sweep, capsys):
    (write_wrong(sweep / "cut", [1]) / records.RESULT).write_text("{")
    write_job(sweep / "failed", None, "failed", error="ValueError: no")
    assert main([str(sweep)]) == 0
    err = capsys.readouterr().err.splitlines()
    assert err[0].startswith(f"skipped: {sweep}/cut/result.json is damaged: ")
    assert err[1] == f"failed: {sweep}/failed: ValueError: no"


def assert_refused(arguments, words, capsys, folder):
    before = names(folder)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert words in captured.err
    assert names(folder) == before


def test_a_folder_that_does_not_exist_is_one_line_and_exit_code_two(tmp_path, capsys):
    assert_refused([str(tmp_path / "nowhere")], "nowhere: no such folder", capsys, tmp_path)


def test_a_folder_without_results_is_one_line_and_exit_code_two(tmp_path, capsys):
    assert_refused([str(tmp_path)], f"{tmp_path}: no results in it or below it", capsys, tmp_path)


def test_a_folder_with_damaged_results_only_is_one_line_and_exit_code_two(tmp_path, capsys):
    (write_wrong(tmp_path / "a", [1]) / records.TRIALS).write_bytes(b"\xff\xfe")
    assert_refused([str(tmp_path)], "a/trials.csv is damaged", capsys, tmp_path)


def test_a_sweep_without_a_finished_trial_is_one_line_and_exit_code_two(tmp_path, capsys):
    write_job(tmp_path / "a", None, "failed", error="ValueError: no")
    assert_refused([str(tmp_path)], "no trial is finished yet (failed: ", capsys, tmp_path)


def test_a_place_that_cannot_be_written_is_one_line_and_exit_code_two(sweep, capsys):
    (sweep / "file").write_text("")
    assert_refused([str(sweep), "--out", str(sweep / "file")], "file: cannot be written", capsys, sweep)


def test_a_job_is_no_place_to_write_to(sweep, capsys):
    assert_refused([str(sweep), "--out", str(sweep / "rnn")], "choose another folder with --out", capsys, sweep)


def test_diverged_trials_alone_are_a_result(tmp_path, capsys):
    write_job(tmp_path / "a", [make_trial(0, None, status="diverged")], trials=1)
    assert main([str(tmp_path)]) == 0
    assert "diverged" in capsys.readouterr().out


def test_help_says_where_the_files_go(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    assert "DIR/analysis" in " ".join(capsys.readouterr().out.split())


def test_the_package_is_imported_without_torch_hydra_matplotlib_and_scipy():
    code = "import sys, multirun_analysis; print({'torch', 'hydra', 'matplotlib', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_command_uses_neither_torch_nor_hydra_and_warns_of_nothing(sweep):
    code = (
        "import sys; from multirun_analysis.command import main; main(sys.argv[1:]);"
        "print({'torch', 'hydra', 'scipy.stats', 'matplotlib.pyplot'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(sweep)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
    assert done.stderr == ""


def test_pivot_tables_are_printed_and_written(sweep, capsys):
    write_wrong(sweep / "wide", range(20, 30), hidden=50)
    assert main([str(sweep), "--by", "model,hidden", "--metric", "solved"]) == 0
    out = capsys.readouterr().out
    assert "model  hidden=5  hidden=50\n--------------------------\nlstm    0 of 10          -\n" in out
    assert "## Solved\n\n| model | hidden=5 | hidden=50 |\n" in (sweep / "analysis" / "tables.md").read_text()


def test_rows_and_columns_can_be_given_by_themselves(sweep, capsys):
    write_wrong(sweep / "wide", range(20, 30), hidden=50)
    main([str(sweep), "--by", "model,hidden"])
    by = capsys.readouterr().out
    main([str(sweep), "--rows", "model", "--columns", "hidden"])
    assert capsys.readouterr().out == by


def test_only_the_jobs_asked_for_are_in_the_table(sweep, capsys):
    assert main([str(sweep), "--where", "model=lstm"]) == 0
    assert "rnn" not in capsys.readouterr().out.replace(str(sweep), "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--where", "model=gru"], "no job has model=gru; there are lstm, rnn"),
        (["--where", "modle=gru"], "modle is no key of these jobs"),
        (["--by", "hidden"], "hidden does not vary between these settings; choose from task, model"),
        (["--columns", "model"], "a pivot table needs --rows or --by"),
        (["--metric", "wrong"], "a pivot table needs --rows or --by"),
    ],
)
def test_a_request_that_cannot_be_met_is_one_line_and_exit_code_two(sweep, capsys, options, words):
    assert_refused([str(sweep), *options], words, capsys, sweep)


def test_a_condition_without_a_value_is_refused(sweep, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([str(sweep), "--where", "model"])
    assert exit_.value.code == 2
    assert "must be KEY=VALUE, got model" in capsys.readouterr().err


@pytest.mark.parametrize("job", [False, True])
def test_a_default_folder_that_is_a_link_is_refused_and_not_followed(sweep, capsys, job):
    index = sweep / "rnn-analysis" if job else sweep / "analysis"
    (sweep / "elsewhere").mkdir()
    index.symlink_to(sweep / "elsewhere")
    words = f"{index}: is a link, which is not followed; choose another folder with --out"
    assert_refused([str(sweep / "rnn" if job else sweep)], words, capsys, sweep)


def test_a_link_that_is_asked_for_is_followed(sweep, capsys):
    (sweep / "elsewhere").mkdir()
    (sweep / "out").symlink_to(sweep / "elsewhere")
    assert main([str(sweep), "--out", str(sweep / "out")]) == 0
    assert (sweep / "elsewhere" / "tables.md").exists()


EVIL = "\x1b]0;title\x07\x9b2J\u202e\ud800<img src=x>[a](b)"


def test_foreign_text_does_nothing_to_a_terminal(tmp_path, capsys):
    key = f"key{EVIL.replace(chr(0xD800), '')}"
    write_wrong(tmp_path / "a", [1, 2, 3], model={"_target_": "a.B", "name": EVIL, key: 1})
    write_wrong(tmp_path / "b", [4, 5, 6], model={"_target_": "a.B", "name": "plain", key: 2})
    write_job(tmp_path / f"c{EVIL[:14]}", None, "failed", f"{EVIL}\nmore", hidden=7)
    (write_wrong(tmp_path / "d\x1b[31m", [1]) / records.RESULT).write_text("{")
    assert main([str(tmp_path), "--by", "model"]) == 0
    captured = capsys.readouterr()
    assert "\\x1b]0;title\\x07\\x9b2J\\u202e\\ud800<img src=x>" in captured.out
    assert "d\\x1b[31m/result.json is damaged" in captured.err
    for line in [*captured.out.split("\n"), *captured.err.split("\n")]:
        assert line.isprintable()
    page = (tmp_path / "analysis" / "tables.md").read_text()
    assert "&lt;img src=x>[a]\\(b)" in page
    assert "<img" not in page


def test_an_error_that_quotes_foreign_text_does_nothing_to_a_terminal(tmp_path, capsys):
    assert main([str(tmp_path / "no\x1b[31m")]) == 2
    assert "no\\x1b[31m: no such folder" in capsys.readouterr().err
