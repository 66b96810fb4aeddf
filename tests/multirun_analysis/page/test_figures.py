"""Figures on the page, linked to its table, in a browser."""

import pytest
from playwright.sync_api import expect

from multirun_analysis import compare, conclude, draw_all, read_sweep, summarise
from multirun_analysis.conclusions.sentences import explain
from multirun_analysis.figures.style import save
from multirun_analysis.page.builder import build_page
from tests.multirun_analysis.folders import LSTM, write_wrong

POINT = """([selector, share]) => {
  const line = document.querySelector(selector);
  line.scrollIntoView({ block: "center" });
  const { x, y } = line.getPointAtLength(share * line.getTotalLength()).matrixTransform(line.getScreenCTM());
  return [x, y];
}"""


def build(folder):
    sweep = read_sweep(folder)
    summary, comparisons = summarise(sweep), compare(sweep)
    figures = {f"{name}.svg": save(figure, ["svg"])["svg"] for name, figure in draw_all(sweep, summary)}
    conclusions = conclude(sweep, summary, comparisons)
    return build_page(sweep, summary, explain(comparisons), conclusions, [], figures, [], "p: a test.")


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Six settings of three trials each."""
    folder = tmp_path_factory.mktemp("sweep")
    for hidden in (2, 5, 10):
        write_wrong(folder / f"rnn{hidden}", [2900 - 100 * hidden, 2800, 2700 + hidden], hidden=hidden)
        write_wrong(folder / f"lstm{hidden}", [2000 - 100 * hidden, 1800, 900], hidden=hidden, model=LSTM)
    return build(folder)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Twelve settings, more than the figures of single ones draw."""
    folder = tmp_path_factory.mktemp("many")
    for hidden in range(2, 14):
        write_wrong(folder / f"{hidden}", [3000 - 200 * hidden, 2800], hidden=hidden)
    return build(folder)


@pytest.fixture
def page(show, content):
    return show(content)


def point(page, selector, share=0.7):
    x, y = page.evaluate(POINT, [selector, share])
    page.mouse.move(x, y)
    return x, y


def test_a_curve_that_is_pointed_at_says_its_setting(page):
    point(page, "#learning_curves [data-setting='4'][data-part=median] path")
    expect(page.locator(".tip")).to_have_text("recall rnn hidden=5")
    expect(page.locator("#table tbody tr").nth(4)).to_have_class("lit")
    page.mouse.move(2, 2)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_line_of_a_trial_says_which_it_is_and_how_it_ended(page):
    point(page, "#learning_curves [data-setting='1'][data-seed='2'] path", 0.95)
    expect(page.locator(".tip")).to_have_text("recall lstm hidden=5\ntrial of seed 2: 900 wrong, not solved")


def test_a_dot_says_which_trial_it_is(page):
    dot = page.locator("#wrong_predictions [data-setting='3'][data-part=dots] use").nth(0)
    dot.scroll_into_view_if_needed()
    dot.hover()
    expect(page.locator(".tip")).to_have_text("recall rnn hidden=2\ntrial of seed 0: 2,700 wrong, not solved")


def test_a_click_opens_the_setting(page):
    page.mouse.click(*point(page, "#learning_curves [data-setting='0'][data-part=median] path"))
    expect(page.locator("#table .panel")).to_contain_text("recall lstm hidden=2")
    assert "open=recall+lstm+hidden%3D2" in page.url


def test_what_the_table_filters_is_faint_in_the_figures(page):
    page.locator(".tools").first.get_by_label("model").select_option("rnn")
    out = page.locator("#learning_curves .out").evaluate_all("all => all.map((node) => node.dataset.setting)")
    assert set(out) == {"0", "1", "2"}
    page.locator(".tools").first.get_by_label("model").select_option("all")
    expect(page.locator("#learning_curves .out")).to_have_count(0)


def test_where_figures_show_some_settings_only_the_curves_of_the_tables_rows_are_drawn(show, many):
    page = show(many)
    lines = page.locator("#shown [data-setting]")
    expect(lines).to_have_count(12)
    page.get_by_role("searchbox", name="Search: Results").fill("hidden=7")
    expect(lines).to_have_count(1)
    point(page, "#shown .hit")
    expect(page.locator(".tip")).to_have_text("recall hidden=7")
    page.get_by_role("searchbox", name="Search: Results").fill("nothing")
    expect(page.locator("#shown")).to_be_hidden()


def test_where_all_are_drawn_no_other_figure_is_needed(page):
    expect(page.locator("#shown")).to_be_hidden()


def test_figures_are_there_without_scripts_and_on_paper(show, content):
    page = show(content, java_script_enabled=False)
    expect(page.locator("#learning_curves svg")).to_be_visible()
    expect(page.locator(".scripted")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#learning_curves svg")).to_be_visible()
