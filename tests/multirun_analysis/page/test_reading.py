"""What a reader does with a page, in a browser."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from multirun_analysis import read_sweep, summarise
from multirun_analysis.command import main
from tests.multirun_analysis.folders import write_wrong
from tests.multirun_analysis.page.pages import build, write_sweep

READS_CLIPBOARD = "navigator.clipboard.readText()"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return write_sweep(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def content(sweep):
    return build(sweep)


@pytest.fixture
def page(show, content):
    return show(content, permissions=["clipboard-read", "clipboard-write"])


def read_column(page, name):
    """The cells of a column of the first table, of the rows that are shown."""
    index = page.locator(f"#table thead th[data-name='{name}']").get_attribute("data-column")
    return page.locator(f"#table tbody tr:visible > :nth-child({int(index) + 1})").all_inner_texts()


def sort_by(page, name):
    page.locator(f"#table thead th[data-name='{name}'] button").click()


def open_setting(page, name):
    page.get_by_role("button", name=f"open {name}", exact=False).click()
    return page.locator("#table .panel")


def test_the_command_writes_a_page_that_loads_in_silence_and_requests_nothing(tmp_path, show, capsys):
    write_wrong(tmp_path / "rnn", [5, 7])
    assert main([str(tmp_path)]) == 0
    page = show((tmp_path / "analysis" / "report.html").read_bytes())
    assert page.title() == "rnn on recall - seqmem"
    assert all(page.locator("img").evaluate_all("images => images.map((i) => i.complete && i.naturalWidth > 0)"))


def test_the_first_screen_says_what_was_compared_how_far_it_came_and_who_won(page):
    header = page.locator("header")
    expect(header.get_by_role("heading", level=1)).to_have_text("gru, lstm and rnn on recall")
    expect(header).to_contain_text("9 settings, 72 trials: 66 done, 1 diverged, 5 interrupted")
    expect(header).to_contain_text("model: gru was wrong in")


def test_a_click_on_a_header_sorts_by_numbers_and_another_one_turns_it_round(page):
    sort_by(page, "error % median")
    errors = read_column(page, "error % median")
    assert errors == sorted(errors, key=float)
    assert float(errors[-1]) > 20
    sort_by(page, "error % median")
    assert read_column(page, "error % median") == errors[::-1]


def test_a_header_says_how_its_column_is_sorted(page):
    head = page.locator("#table thead th[data-name='hidden']")
    assert head.get_attribute("aria-sort") is None
    sort_by(page, "hidden")
    expect(head).to_have_attribute("aria-sort", "ascending")
    sort_by(page, "hidden")
    expect(head).to_have_attribute("aria-sort", "descending")
    sort_by(page, "trials")
    assert head.get_attribute("aria-sort") is None


def test_numbers_within_words_sort_as_numbers(page):
    sort_by(page, "hidden")
    assert read_column(page, "hidden") == ["2"] * 3 + ["5"] * 3 + ["10"] * 3


def test_cells_are_ordered_by_what_they_say(page):
    ordered = [
        ["-0.30", "< .001", ".001", ".049", "0.5", "1"],
        ["2.5 [1, 3] (1 failed)", "9", "10", "175,840", "> 175,840", "576,000"],
        ["0 of 10", "4 of 10", "10 of 10", "-"],
        ["[2.4, 8.3]", "[8,8]", "[12.0, 13.0]", "one trial", "- (5 running)"],
        ["1e-05", "0.00053", "2"],
        ["3rd", "gru", "lstm2", "lstm10", ""],
    ]
    sort = "(texts) => texts.toSorted((a, b) => order(readCell(a), readCell(b)))"
    for texts in ordered:
        assert page.evaluate(sort, texts[::-1]) == texts


def test_the_keyboard_sorts(page):
    page.locator("#table thead th[data-name='hidden'] button").focus()
    page.keyboard.press("Enter")
    assert read_column(page, "hidden")[0] == "2"
    page.keyboard.press("Space")
    assert read_column(page, "hidden")[0] == "10"


def test_the_keyboard_reaches_the_table_past_the_rest(page):
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#settings")).to_be_focused()


def test_a_search_keeps_the_rows_with_all_of_its_words_and_says_how_many(page):
    page.get_by_role("searchbox", name="Search: Results").fill("LSTM 10")
    status = page.locator("output").first
    expect(status).to_have_attribute("aria-live", "polite")
    expect(status).to_have_text("1 of 9 rows")
    assert read_column(page, "model") == ["lstm"]
    page.get_by_role("searchbox", name="Search: Results").fill("")
    expect(status).to_have_text("9 of 9 rows")


def test_a_key_filters(page):
    page.locator(".tools").first.get_by_label("hidden").select_option("5")
    assert read_column(page, "hidden") == ["5"] * 3
    page.locator(".tools").first.get_by_label("model").select_option("gru")
    assert read_column(page, "model") == ["gru"]
    page.locator(".tools").first.get_by_label("hidden").select_option("all")
    assert read_column(page, "hidden") == ["2", "5", "10"]


def test_the_copy_is_the_table_in_numbers(page, sweep):
    page.get_by_role("button", name="Copy as CSV").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(page.evaluate(READS_CLIPBOARD))))
    summary = summarise(read_sweep(sweep)).to_dict("records")
    assert len(rows) == len(summary) == 9
    for row, own in zip(rows, summary, strict=True):
        assert (row["model"], int(row["hidden"]), int(row["solved trials"])) == (own["model"], own["hidden"], 0)
        assert float(row["wrong of 3000 mean"]) == pytest.approx(own["wrong_mean"], abs=0.05)
        told = own["trials"] >= 6 and own["wrong_min"] < own["wrong_max"]
        assert row["error % 95 % low"] == (f"{100 * own['error_rate_low']:.1f}" if told else "")
        assert (row["sequences to criterion"], row["sequences to criterion censored"]) == ("10000", "true")


def test_a_search_for_what_the_page_itself_writes_finds_it(page):
    page.get_by_role("searchbox", name="Search: Results").fill("hidden=10 model=gru")
    assert (read_column(page, "hidden"), read_column(page, "model")) == (["10"], ["gru"])
    page.get_by_role("searchbox", name="Search: Results").fill("hidden=11")
    expect(page.locator("output").first).to_have_text("No match")


def test_the_copy_has_the_rows_that_are_shown_as_they_are_sorted(page):
    page.locator(".tools").first.get_by_label("model").select_option("lstm")
    sort_by(page, "hidden")
    sort_by(page, "hidden")
    page.get_by_role("button", name="Copy as CSV").first.click()
    rows = list(csv.DictReader(io.StringIO(page.evaluate(READS_CLIPBOARD))))
    assert [(row["model"], row["hidden"]) for row in rows] == [("lstm", "10"), ("lstm", "5"), ("lstm", "2")]


def test_a_setting_opens_to_its_curve_trials_and_samples_and_closes(page):
    panel = open_setting(page, "recall lstm hidden=5")
    curve = panel.get_by_role("img", name="Training error of recall lstm hidden=5: median from")
    assert curve.locator(".median").bounding_box()["width"] > 200
    assert panel.locator("table").nth(0).locator("tbody tr").count() == 8
    expect(panel.locator("table").nth(1)).to_contain_text("4 7 0 2")
    page.get_by_role("button", name="open recall lstm hidden=5").click()
    expect(panel).to_have_count(0)


def test_the_keyboard_opens_a_setting(page):
    button = page.get_by_role("button", name="open recall gru hidden=2")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#table .panel")).to_be_visible()


def test_the_command_that_makes_a_setting_again_is_copied(page):
    open_setting(page, "recall gru hidden=10").get_by_role("button", name="Copy").click()
    assert page.evaluate(READS_CLIPBOARD) == "python -m seqmem.train model=gru hidden=10"


def test_what_is_open_stays_below_its_setting(page):
    open_setting(page, "recall gru hidden=2")
    sort_by(page, "error % median")
    sort_by(page, "error % median")
    above = page.locator("#table .details").evaluate("row => row.previousSibling.textContent")
    assert above.startswith("gru2")
    page.locator(".tools").first.get_by_label("model").select_option("lstm")
    expect(page.locator("#table .panel")).to_be_hidden()


def test_what_is_filtered_and_open_is_in_the_address_and_taken_up_from_there(page, show, content):
    open_setting(page, "recall gru hidden=2")
    page.locator(".tools").first.get_by_label("model").select_option("gru")
    page.get_by_role("searchbox", name="Search: Results").fill("hidden")
    assert page.evaluate("location.hash") == "#?search=hidden&model=gru&open=recall+gru+hidden%3D2"
    page.reload()
    expect(page.locator("output").first).to_have_text("3 of 9 rows")
    expect(page.locator("#table .panel")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search: Results")).to_have_value("hidden")
    page.locator(".tools").first.get_by_label("model").select_option("all")
    page.get_by_role("searchbox", name="Search: Results").fill("")
    page.get_by_role("button", name="open recall gru hidden=2").click()
    assert page.evaluate("location.hash") == ""


def test_a_page_whose_sweep_runs_reads_itself_anew_as_it_was_left(sweep, show, monkeypatch):
    monkeypatch.setattr("multirun_analysis.page.builder.RELOAD_S", 0.3)
    page = show(build(sweep, live="jobs 1/2 done"))
    page.locator(".tools").first.get_by_label("model").select_option("gru")
    with page.expect_event("load"):
        pass
    expect(page.locator(".live")).to_contain_text("jobs 1/2 done")
    expect(page.locator("output").first).to_have_text("3 of 9 rows")


def test_an_anchor_leads_to_its_section_and_filters_nothing(page):
    page.locator("nav a[href='#figures']").click()
    expect(page.locator("output").first).to_have_text("9 of 9 rows")


def test_columns_that_do_not_fit_are_told_and_reached(show, content):
    page = show(content, viewport={"width": 700, "height": 800})
    reach = page.locator(".tools").first.locator(".reach")
    expect(reach).to_have_text(re.compile(r"^\d+ more columns? \u2192$"))
    for _ in range(10):
        if reach.inner_text().startswith("\u2190"):
            break
        reach.click()
        page.wait_for_timeout(50)
    expect(reach).to_have_text("\u2190 First columns")
    assert page.locator("#table thead th[data-name='seconds per trial']").bounding_box()["x"] < 700
    reach.click()
    expect(reach).to_have_text(re.compile("more column"))


def test_where_all_columns_fit_nothing_is_told(page):
    expect(page.locator(".pivots .reach").first).to_be_hidden()


def test_without_scripts_the_conclusions_and_tables_are_there(show, content):
    page = show(content, java_script_enabled=False)
    expect(page.locator(".conclusions li").first).to_be_visible()
    assert page.locator("#table tbody tr").count() == 9
    assert page.locator("button").count() == 0
