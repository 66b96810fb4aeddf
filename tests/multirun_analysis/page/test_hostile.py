"""Whatever stands in a job folder is text: shown as it is, and never run."""

import pytest
from playwright.sync_api import expect

from seqmem import records
from tests.multirun_analysis.folders import LSTM, write_job, write_wrong
from tests.multirun_analysis.page.pages import build

SCRIPT = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>\u2028'\"&amp;"


@pytest.fixture
def content(tmp_path):
    folder = tmp_path / "sweep" / "<b>bold"
    write_wrong(folder / "a", [1, 2], model=LSTM | {"name": SCRIPT}, overrides=[f"model={SCRIPT}", "hidden=$(touch x)"])
    write_wrong(folder / "b", [3, 4])
    write_job(folder / "c", None, "failed", SCRIPT, hidden=9)
    sample = folder / "a" / records.SAMPLES
    sample.write_text('trial,input,target,prediction\n0,"{0}","{0}",<i>\n'.format(SCRIPT.replace('"', '""')))
    result = folder / "b" / records.RESULT
    result.write_text(result.read_text().replace('"0.1.0"', '"<u>0.1.0"').replace("[]", '["<u>"]'))
    return build(tmp_path / "sweep")


def test_it_is_shown_as_it_is_and_never_run(show, content):
    page = show(content)
    expect(page.get_by_role("heading", level=1)).to_contain_text(SCRIPT.replace("\u2028", " ")[:50])
    page.locator("#table .open").first.click()
    page.locator("#table .open").last.click()
    panel = page.locator(".panel").first
    assert SCRIPT in panel.locator(".text").first.evaluate("cell => cell.textContent")
    assert page.title() != "taken"
    assert page.locator("script").count() == 2
    assert page.locator("b, i, u, main img[src=x]").count() == 0


def test_it_cannot_break_out_of_the_commands_quotes(show, content):
    page = show(content)
    page.locator("#table .open").first.click()
    assert page.locator(".panel code").first.inner_text().endswith("'hidden=$(touch x)'")


def test_even_if_it_were_markup_the_policy_would_let_nothing_run_and_nothing_out(show, said, content):
    markup = b"<script>document.title = 'taken'</script><img src='https://example.org/x.png'></main>"
    page = show(content.replace(b"</main>", markup))
    assert page.title() != "taken"
    assert page.locator("img[src*=example]").evaluate("image => image.naturalWidth") == 0
    assert sum("Content Security Policy" in line for line in said) == 2
    said.clear()


def test_half_a_character_does_not_stop_the_page(tmp_path):
    path = write_wrong(tmp_path / "a", [1]) / records.RESULT
    path.write_text(path.read_text().replace('"0.1.0"', '"\\ud800"'))
    assert b"seqmem ?, python" in build(tmp_path)
