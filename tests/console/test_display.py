import io
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from seqmem.console import ConsoleDisplay
from seqmem.engines.choose import Choice
from seqmem.sweep import Existing, Setting, Sweep
from tests.config.composing import make_settings
from tests.multirun_analysis.folders import make_trial

BUDGET = ["max_sequences=1000", "batch_size=100", "evaluate_every=100"]


@pytest.fixture
def settings() -> list[Setting]:
    return make_settings(Path("multirun/recall"), *([*BUDGET, "trials=2", f"hidden={h}"] for h in (2, 3)))


def make_display(terminal: bool, width: int = 200) -> ConsoleDisplay:
    return ConsoleDisplay(Console(file=io.StringIO(), force_terminal=terminal, width=width, highlight=False))


def written(display: ConsoleDisplay) -> list[str]:
    return display.console.file.getvalue().splitlines()


NEW = [Existing("new"), Existing("new")]


def sweep_of(settings: list[Setting], existing: list[Existing] = NEW) -> Sweep:
    """A sweep that has found so much of its settings."""
    sweep = Sweep(settings[0].folder.parent, settings)
    sweep.existing = dict(enumerate(existing))
    return sweep


def run_plainly(settings: list[Setting], *results, existing: list[Existing] = NEW) -> list[str]:
    """The lines of a display without a terminal whose first job ends with these trials."""
    display = make_display(terminal=False)
    display.start(sweep_of(settings, existing))
    for result in results:
        display.advance(result.sequences)
        display.trial_done(settings[0], result)
    if results:
        display.job_done(settings[0], results)
    display.stop()
    return written(display)


# Without a terminal.


def test_a_sweep_begins_with_what_there_is_to_do(settings):
    assert run_plainly(settings) == ["2 jobs, 4 trials to train, multirun/recall"]


def test_what_keeps_settings_from_the_fastest_engine_is_told_once(settings):
    choice = settings[0].choice
    slow = [replace(setting, choice=Choice(choice.engine, "why", "why")) for setting in settings]
    assert run_plainly(slow)[1:] == [f"engine={choice.engine.name}: why"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Existing("done"), "1 already done, 2 trials to train"),
        (Existing("interrupted", [make_trial(0)]), "1 to continue, 3 trials to train"),
        (Existing("anew"), "1 to retrain, 4 trials to train"),
        (Existing("failed"), "1 failed before (left alone unless retry=failed), 2 trials to train"),
        (Existing("damaged"), "1 damaged (left alone unless retry=failed), 2 trials to train"),
    ],
)
def test_a_sweep_says_how_its_settings_stand(settings, found, words):
    assert run_plainly(settings, existing=[Existing("new"), found])[0] == f"2 jobs, {words}, multirun/recall"


def test_a_job_that_is_done_has_a_line_of_its_own(settings):
    lines = run_plainly(settings, make_trial(0, wrong=300, sequences_to_criterion=500), make_trial(1, wrong=601))
    assert lines[1] == "[1/2] hidden=2: wrong 450.5 of 3000 (mean of 2 trials), solved 1, 3.0 s"


def test_a_jobs_diverged_trials_are_counted(settings):
    lines = run_plainly(settings, make_trial(0, wrong=300), make_trial(1, wrong=None, status="diverged"))
    assert lines[1] == "[1/2] hidden=2: wrong 300.0 of 3000 (mean of 2 trials), solved 0, diverged 1, 3.0 s"


def test_a_job_of_which_all_trials_diverged_has_no_test(settings):
    lines = run_plainly(settings, *(make_trial(seed, wrong=None, status="diverged") for seed in (0, 1)))
    assert lines[1] == "[1/2] hidden=2: all 2 trials diverged, 3.0 s"


def test_nothing_but_lines_is_written_where_there_is_no_terminal(settings):
    lines = run_plainly(settings, make_trial(0), make_trial(1))
    assert len(lines) == 3
    assert lines[2].startswith("2 trials trained in ")
    assert "\x1b" not in "".join(lines)


def test_a_job_that_fails_says_so_in_one_line_with_its_folder(settings):
    display = make_display(terminal=False)
    display.start(sweep_of(settings))
    display.job_failed(settings[1], RuntimeError("no [/the] symbols [red]\nin the bag"))
    folder = settings[1].folder
    assert written(display)[1] == f"[1/2] hidden=3 failed: RuntimeError: no [/the] symbols [red] (see {folder})"


def test_a_sweep_ends_with_the_jobs_that_failed_now_and_before_and_the_command_that_runs_them(settings):
    display = make_display(terminal=False)
    display.command = "python -m seqmem.train '[hidden]=2' retry=failed"
    display.start(sweep_of(settings, [Existing("new"), Existing("failed", error="OSError: gone\nfor good")]))
    display.job_failed(settings[0], RuntimeError("no\nmore"))
    display.stop()
    assert written(display)[-4:] == [
        "2 of 2 jobs failed:",
        f"  hidden=3: OSError: gone (see {settings[1].folder})",
        f"  hidden=2: RuntimeError: no (see {settings[0].folder})",
        "run them again: python -m seqmem.train '[hidden]=2' retry=failed",
    ]


def test_a_single_job_that_fails_is_reported_once(settings):
    display = make_display(terminal=False)
    display.command = "python -m seqmem.train retry=failed"
    display.start(sweep_of(settings[:1], NEW[:1]))
    display.job_failed(settings[0], RuntimeError("no more"))
    display.stop()
    assert written(display)[1:] == [
        f"[1/1] {settings[0].folder.name.partition('-')[0]} failed: RuntimeError: no more (see {settings[0].folder})",
        "run it again: python -m seqmem.train retry=failed",
    ]


def test_a_single_job_that_failed_before_is_named(settings):
    display = make_display(terminal=False)
    display.start(sweep_of(settings[:1], [Existing("failed", error="OSError: gone")]))
    display.stop()
    assert written(display)[1:] == ["1 of 1 job failed:", f"  hidden=2: OSError: gone (see {settings[0].folder})"]


def test_a_damaged_job_is_named_by_its_file(settings):
    error = f"{settings[1].folder}/result.json is damaged: no status"
    lines = run_plainly(settings, existing=[Existing("new"), Existing("damaged", error=error)])
    assert lines[1:] == ["1 of 2 jobs failed:", f"  hidden=3: {error}"]


def test_a_note_is_shown_as_it_is(settings):
    display = make_display(terminal=False)
    display.note("waiting [/for] others")
    assert written(display) == ["waiting [/for] others"]


def test_a_label_is_shown_as_it_is():
    settings = make_settings(Path("[/m]"), *([*BUDGET, "trials=2", f"hidden={h}"] for h in ("[2,3]", "4")))
    lines = run_plainly(settings, make_trial(0), make_trial(1))
    assert lines[0].endswith("[/m]")
    assert lines[1].startswith("[1/2] hidden=[2,3]: wrong ")


# In a terminal.


def test_a_terminal_shows_how_the_sweep_stands(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    display.advance(1000)
    display.trial_done(settings[0], make_trial(0, sequences=600, sequences_to_criterion=600))
    display.trial_done(settings[0], make_trial(1, status="diverged", sequences=400))
    display.stop()
    assert "trials 2/4, solved 1, diverged 1, 33 % of 3.00k sequences, " in display.console.file.getvalue()


def test_a_trial_counts_as_solved_before_it_ends_and_once(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    display.trial_solved(settings[0], 0)
    solved = [display.status.solved]
    display.trial_solved(settings[0], 0)
    display.trial_done(settings[0], make_trial(0, sequences_to_criterion=600))
    display.stop()
    assert [*solved, display.status.solved] == [1, 1]


def test_what_a_trial_leaves_of_its_budget_is_no_longer_waited_for(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    before = display.status.pace.budget
    display.trial_done(settings[0], make_trial(0, sequences=600))
    display.stop()
    assert (before, display.status.pace.budget) == (4000, 3600)


def test_a_trial_that_is_trained_again_is_counted_once(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    for _ in range(2):
        display.trial_done(settings[0], make_trial(0, sequences=1000))
    display.stop()
    assert display.status.trials == 1


def test_where_nothing_is_to_do_nothing_moves(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings, [Existing("done"), Existing("done")]))
    assert display.live is None
    display.stop()


def test_a_narrow_terminal_breaks_lines_between_words():
    display = make_display(terminal=True, width=40)
    text = "[1/6] hidden=2: wrong 2468.7 of 3000 (mean of 10 trials), solved 0, 0.4 s"
    display.note(text)
    lines = [re.sub("\x1b.*?m", "", line).rstrip() for line in written(display)]
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= 40


def test_a_display_that_was_never_started_can_be_stopped():
    display = make_display(terminal=True)
    display.stop()
    assert written(display) == []


def test_the_warning_comes_before_the_sweep():
    lines = run_plainly(make_settings(Path("sweep"), *([*BUDGET, f"seed={seed}"] for seed in (0, 1))))
    assert lines[0] == "warning: seed=0 and seed=1 share 9 trials, which the analysis counts once"


def test_foreign_text_does_nothing_to_a_terminal(settings):
    display = make_display(terminal=False)
    display.start(sweep_of(settings, [Existing("new"), Existing("failed", error="\x1b[31mno\u202e")]))
    display.note("\x9b2J")
    display.stop()
    shown = "\n".join(written(display))
    assert "\\x1b[31mno\\u202e" in shown
    assert "\\x9b2J" in shown
    assert not {"\x1b", "\u202e", "\x9b"} & set(shown)


# Every ten seconds, and at the end.


def test_a_file_gets_a_line_on_how_it_stands(settings):
    display = make_display(terminal=False)
    display.start(sweep_of(settings))
    display.build()
    display.tick()
    display.train()
    display.stop()
    assert written(display)[1] == "0:00 getting ready, jobs 0/2, trials 0/4, solved 0, 0 % of 4.00k sequences"


def test_the_lines_come_by_themselves(settings, monkeypatch):
    monkeypatch.setattr("seqmem.console.display.PLAIN_S", 0.001)
    display = make_display(terminal=False)
    display.start(sweep_of(settings))
    while not written(display)[1:]:
        pass
    display.stop()
    assert written(display)[1].startswith("0:00 jobs 0/2, ")


def test_what_an_engine_compiles_is_said_and_timed(settings):
    display = make_display(terminal=False)
    display.start(sweep_of(settings[:1], NEW[:1]))
    display.build()
    logging.getLogger("seqmem.engines").info("compiling the training program")
    display.tick()
    display.train()
    display.trial_done(settings[0], make_trial(0))
    display.stop()
    lines = written(display)
    assert lines[1] == "compiling the training program"
    assert lines[2].startswith("0:00 compiling, ")
    assert re.fullmatch(r"1 trial trained in \S+ s, of which \S+ s compiling \(\d+ %\)", lines[3])


def end_sweep(settings: list[Setting]) -> list[str]:
    display = make_display(terminal=False)
    display.start(sweep_of(settings, [Existing("new"), Existing("done", [make_trial(0, wrong=30), make_trial(1)])]))
    display.trial_done(settings[0], make_trial(0))
    display.job_done(settings[0], [make_trial(0, sequences_to_criterion=500), make_trial(1)])
    display.stop()
    return written(display)


def test_a_sweep_ends_with_its_best_settings_those_done_before_included(settings):
    table = [line.split() for line in end_sweep(settings)[-4:-2]]
    assert table == [["hidden=2", "1", "of", "2", "3.3", "never"], ["hidden=3", "0", "of", "2", "2.2", "never"]]


def test_a_sweep_ends_with_the_command_that_shows_the_rest(settings):
    told = "all settings, what makes the difference, and figures"
    assert end_sweep(settings)[-1] == f"{told}: python -m multirun_analysis multirun/recall"


def test_a_sweep_that_was_stopped_names_no_best(settings):
    assert not any("best of" in line for line in run_plainly(settings, make_trial(0)))
