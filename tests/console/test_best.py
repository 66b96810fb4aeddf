import io

from rich.console import Console

from seqmem.console.best import MOST_ROWS, choose_best, make_table, score
from tests.multirun_analysis.folders import make_trial


def make_score(label: str, *trials, task: str = "recall"):
    return score(label, task, trials)


def solve(seed: int, at: int, wrong: int = 0):
    return make_trial(seed, wrong=wrong, sequences_to_criterion=at)


def test_solved_comes_before_less_wrong_before_sooner():
    scores = [
        make_score("wrong", make_trial(0, wrong=100)),
        make_score("later", solve(0, 900)),
        make_score("less wrong", make_trial(0, wrong=10)),
        make_score("sooner", solve(0, 300)),
        make_score("solved, but wrong", solve(0, 300, wrong=40)),
    ]
    labels = [own.label for own in choose_best(scores)]
    assert labels == ["sooner", "later", "solved, but wrong", "less wrong", "wrong"]


def test_of_several_tasks_the_best_of_each_is_named():
    scores = [
        make_score(f"{task} {at}", solve(0, at), task=task) for task, at in [("a", 1), ("a", 2), ("b", 9), ("b", 8)]
    ]
    assert [own.label for own in choose_best(scores)] == ["a 1", "b 8"]


def test_a_trial_that_diverged_counts_as_all_wrong():
    own = make_score("x", make_trial(0, wrong=0), make_trial(1, wrong=None, status="diverged"))
    assert own.error == 0.5


def test_only_the_first_few_are_shown():
    assert len(choose_best(make_score(str(number), make_trial(0)) for number in range(9))) == MOST_ROWS


def test_labels_are_shown_as_they_are():
    console = Console(file=io.StringIO(), width=80)
    console.print(make_table([make_score("hidden=[2,3]\x1b", make_trial(0))]))
    assert "hidden=[2,3]\\x1b" in console.file.getvalue()


def test_a_narrow_screen_breaks_labels_between_keys():
    console = Console(file=io.StringIO(), width=56)
    console.print(make_table([make_score("model=lstm,optimizer.lr=0.003", make_trial(0))]))
    assert [line.split()[0] for line in console.file.getvalue().splitlines()[-2:]] == [
        "model=lstm,",
        "optimizer.lr=0.003",
    ]
