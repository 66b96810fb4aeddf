import pytest

from multirun_analysis.command import main
from multirun_analysis.watching.page import PAUSE_S, LivePage
from multirun_analysis.watching.progress import Follower
from tests.multirun_analysis.folders import make_trial, write_job, write_wrong


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sweep(tmp_path):
    write_job(tmp_path / "sweep" / "a", [make_trial(0)], "running", trials=2)
    write_job(tmp_path / "sweep" / "b", None, "running", trials=2, hidden=7)
    return tmp_path / "sweep"


@pytest.fixture
def page(sweep, tmp_path, clock):
    return LivePage([sweep], tmp_path / "out", clock)


def update(page, ended=False):
    """What is written, if it is."""
    path = page.out / "report.html"
    path.unlink(missing_ok=True)
    page.update(Follower(page.folders).look(), ended)
    return path.read_text() if path.exists() else None


def test_the_page_of_a_sweep_that_runs_reads_itself_anew_and_says_how_far_it_is(page):
    text = update(page)
    assert '<meta http-equiv="refresh" content="10">' in text
    assert "Under way: jobs 0/2 done, 2 running, trials 1/4, solved 0" in text


def test_it_is_written_anew_when_something_has_changed_but_not_too_often(page, sweep, clock):
    assert update(page) is not None
    clock.now += 10 * PAUSE_S
    assert update(page) is None
    write_job(sweep / "a", [make_trial(0), make_trial(1)], "running", trials=2)
    page.due = clock.now + 1
    assert update(page) is None
    clock.now += 1
    assert "trials 2/4" in update(page)


def test_at_the_end_it_stays_as_it_is(page, sweep):
    write_wrong(sweep / "a", [1, 2])
    write_wrong(sweep / "b", [3, 4], hidden=7)
    text = update(page, ended=True)
    assert "refresh" not in text
    assert "Under way" not in text


def test_a_sweep_without_a_finished_trial_has_a_page(tmp_path, clock):
    write_job(tmp_path / "sweep" / "a", None, "running", trials=2)
    assert "Under way" in update(LivePage([tmp_path / "sweep"], tmp_path / "out", clock))


def test_nothing_is_written_before_there_is_a_job(tmp_path, clock):
    (tmp_path / "sweep").mkdir()
    assert update(LivePage([tmp_path / "sweep"], tmp_path / "out", clock)) is None


def test_the_command_keeps_a_page_until_all_has_ended(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("multirun_analysis.watching.watch.SETTLE_S", 0)
    write_wrong(tmp_path / "a", [1, 2])
    assert main([str(tmp_path), "--watch", "--page"]) == 0
    assert (tmp_path / "analysis" / "report.html").exists()
    assert capsys.readouterr().err == f"page: {tmp_path / 'analysis' / 'report.html'}\n"


def test_a_page_of_no_running_sweep_needs_no_option(tmp_path, capsys):
    write_wrong(tmp_path / "a", [1, 2])
    assert main([str(tmp_path), "--page"]) == 2
    assert capsys.readouterr().err.endswith("--page needs --watch; the page is written without it as well\n")
