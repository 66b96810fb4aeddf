import io
from pathlib import Path

import pytest
from rich.console import Console

from seqmem import console
from seqmem.console import ConsoleDisplay, find_repeated_trials, track
from seqmem.sweep import Existing, Setting, Sweep
from tests.config.composing import make_settings
from tests.multirun_analysis.folders import make_trial

BUDGET = ["max_sequences=1000", "batch_size=100", "evaluate_every=100"]


@pytest.fixture
def settings() -> list[Setting]:
    return make_settings(Path("multirun/recall"), *([*BUDGET, "trials=2", f"hidden={h}"] for h in (2, 3)))


def make_display(terminal: bool) -> ConsoleDisplay:
    return ConsoleDisplay(Console(file=io.StringIO(), force_terminal=terminal, width=200, soft_wrap=True))


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
    assert len(lines) == 2
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
    description = display.progress.tasks[0].description
    display.stop()
    assert description.startswith("jobs 0/2, trials 2/4, solved 1, diverged 1, ")
    assert " sequences/s, at most " in description


def test_what_a_trial_leaves_of_its_budget_is_no_longer_waited_for(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    before = display.progress.tasks[0].total
    display.trial_done(settings[0], make_trial(0, sequences=600))
    after = display.progress.tasks[0].total
    display.stop()
    assert (before, after) == (4000, 3600)


def test_a_trial_that_is_trained_again_is_counted_once(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings))
    for _ in range(2):
        display.trial_done(settings[0], make_trial(0, sequences=1000))
    description = display.progress.tasks[0].description
    display.stop()
    assert description.startswith("jobs 0/2, trials 1/4, ")


def test_where_nothing_is_to_do_there_is_no_bar(settings):
    display = make_display(terminal=True)
    display.start(sweep_of(settings, [Existing("done"), Existing("done")]))
    assert display.progress is None
    display.stop()


def test_a_display_that_was_never_started_can_be_stopped():
    display = make_display(terminal=True)
    display.stop()
    assert written(display) == []


# Repeated trials.


def repeated(*jobs: list[str]) -> list[str]:
    return find_repeated_trials(make_settings(Path("sweep"), *([*BUDGET, *job] for job in jobs)))


def test_seeds_that_overlap_are_warned_of():
    (warning,) = repeated(["seed=0"], ["seed=4"])
    assert warning.endswith("seed=0 and seed=4 share 6 trials, which the analysis counts once")


def test_seeds_that_do_not_overlap_are_no_cause_for_a_warning():
    assert repeated(["seed=0"], ["seed=10"]) == []


def test_the_same_seeds_of_different_settings_are_no_cause_for_a_warning():
    assert repeated(["hidden=2"], ["hidden=3"]) == []


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


# Many items.


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def track_all(clock: list[float], total: int, seconds: float, terminal: bool = False) -> str:
    """What is written while as many items pass, each in so many seconds."""
    file = io.StringIO()
    for _ in track(range(total), total, "jobs checked", Console(file=file, force_terminal=terminal, highlight=False)):
        clock[0] += seconds
    return file.getvalue()


def test_many_items_that_take_long_are_told_from_the_first_second_on(clock):
    lines = track_all(clock, total=2000, seconds=0.01).splitlines()
    assert lines == ["50 of 2,000 jobs checked", "1,050 of 2,000 jobs checked", "2,000 of 2,000 jobs checked"]


@pytest.mark.parametrize(("total", "seconds"), [(99, 1.0), (2000, 1e-5), (0, 1.0)])
def test_few_items_and_quick_ones_pass_without_a_word(total, seconds, clock):
    assert track_all(clock, total, seconds) == ""


def test_in_a_terminal_one_line_says_how_far(clock):
    shown = track_all(clock, total=200, seconds=0.05, terminal=True)
    assert shown.count("\n") == 1
    assert shown.count("\r") > 50
    assert shown.endswith("200 of 200 jobs checked\n")


def test_every_item_passes_in_its_order(clock):
    assert list(track(iter(range(500)), 500, "jobs")) == list(range(500))
