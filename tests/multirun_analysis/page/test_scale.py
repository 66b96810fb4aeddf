"""A thousand settings on one page."""

import os

import pytest

from multirun_analysis.page.details import MOST_SETTINGS
from tests.multirun_analysis.folders import GRU, LSTM, write_wrong
from tests.multirun_analysis.page.pages import build

# Milliseconds from a click until the page is laid out again, the least of three: others use the machine as well.
TIME = """(click) => Math.min(...[1, 2, 3].map(() => {
  const start = performance.now();
  click();
  document.querySelector("#table").getBoundingClientRect();
  return performance.now() - start;
}))"""
SORT = "() => document.querySelector('#table .sort').click()"
SEARCH = """() => {
  const field = document.querySelector(".tools input");
  field.value = "lstm";
  field.dispatchEvent(new Event("input"));
}"""
OPEN = "() => document.querySelector('#table tr:not([hidden]) .open').click()"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        for index in range(MOST_SETTINGS):
            options = ({}, {"model": LSTM}, {"model": GRU})[index % 3]
            wrong = [100 + index + trial for trial in range(10)]
            write_wrong(folder / f"{index}", wrong, hidden=2 + index // 3, overrides=[f"hidden={index}"], **options)
    return build(folder)


def test_a_thousand_settings_fit_into_a_mail(content):
    assert len(content) < 5_000_000  # and as much again for figures


def test_a_thousand_settings_sort_filter_and_open_at_once(show, content):
    page = show(content)
    assert page.locator("#table .open").count() == MOST_SETTINGS
    for action in (SORT, SEARCH, OPEN):
        assert page.evaluate(f"({TIME})({action})") < 1000
    assert page.locator("output").first.inner_text() == "333 of 1,000 rows"
    assert page.locator(".panel .curve").count() == 1
