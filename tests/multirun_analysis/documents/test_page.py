"""The page, on made-up findings."""

import re
from dataclasses import replace

import pytest

from multirun_analysis import read_sweep
from multirun_analysis.documents.answers import format_answer, format_short_answer
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.page import format_page
from multirun_analysis.documents.rows import SECTIONS, TITLES, read_rows
from multirun_analysis.documents.together import judge
from tests.multirun_analysis.folders import make_trial, write_job

VALUES = {seed: 0.2 + seed / 100 for seed in range(50)}
FINDINGS = [Finding(row, setting=0, of_seed=VALUES, trials=50, solved=49) for row in read_rows()]


@pytest.fixture
def sweep(tmp_path):
    write_job(tmp_path / "job", [make_trial()])
    return read_sweep(tmp_path)


@pytest.fixture
def page(sweep):
    return format_page(FINDINGS, sweep, read_expected(), {"D2": ["![a picture](figures/d2.svg)"]})


def cut(page, title):
    """A section of the page."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def of(section, findings=FINDINGS):
    return [finding for finding in findings if finding.row.section == section]


def test_the_page_opens_with_each_sections_answer_in_short(page):
    overview = page.partition("\n## ")[0]
    for section, title in SECTIONS.items():
        (line,) = (line for line in overview.splitlines() if line.startswith(f"| [{title}]("))
        assert format_short_answer(section, of(section)) in line


def test_the_overview_leads_to_the_sections(page):
    anchors = {re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-")) for title in SECTIONS.values()}
    assert set(re.findall(r"\]\(#(.+?)\)", page)) == anchors


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_questions_then_answer_then_its_folded_tables(section, page):
    own = cut(page, SECTIONS[section])
    places = [own.index(text) for text in ("**Asked.** ", "**Answer.** ", "<details>")]
    assert places == sorted(places)
    short, *sentences = format_answer(section, of(section))
    assert "\n\n".join([f"**Answer.** {short}", "\n".join(f"- {text}" for text in sentences)]) in own
    documents = dict.fromkeys(finding.row.document for finding in of(section))
    assert [own.count(f"<summary>{TITLES[name]}: all ") for name in documents] == [1] * len(documents)


def test_pictures_stand_between_answer_and_tables(page):
    own = cut(page, SECTIONS["D2"])
    assert own.index("**Answer.** ") < own.index("![a picture](figures/d2.svg)") < own.index("<details>")


@pytest.mark.parametrize("section", ["D0", "D1"])
def test_the_architectures_that_were_tried_stand_open_with_a_way_to_more(section, page):
    own = cut(page, SECTIONS[section]).partition("<details>")[0]
    tried = own.partition("### Architectures that were tried")[2]
    assert tried.count("\n| ") == 2 + len({finding.row.command for finding in of(section)})
    assert "[search.md](search.md)" in tried


def test_the_fourth_document_ends_with_some_predictions(page):
    folded = cut(page, SECTIONS["D4"]).rpartition("<details>")[2]
    assert "some predictions of each network" in folded
    assert "4 7 0 2 -> 7" in folded
    assert page.count("some predictions of each network") == 1


def test_what_every_row_of_a_table_says_is_said_once(page):
    own = cut(page, SECTIONS["D4"])
    recall = own.partition(f"<summary>{TITLES['D4 recall']}")[2].partition("</details>")[0]
    assert "In every row: figure: mean accuracy over epochs;" in recall
    assert "| figure |" not in recall


def test_each_part_of_a_document_has_a_verdict_of_its_own(page):
    own = cut(page, SECTIONS["D4"])
    for document in ("D4 recall", "D4 addition"):
        part = own.partition(f"<summary>{TITLES[document]}")[2].partition("</details>")[0]
        assert f"- {judge([finding for finding in FINDINGS if finding.row.document == document]).text}" in part
    assert "same protocol run again" not in cut(page, SECTIONS["D3"]).partition("<details>")[2]


def test_what_is_absent_for_a_reason_has_one_line_and_no_rows(sweep):
    gone = [
        Finding(own.row, missing=f"not run: {own.row.absent}") if own.row.absent == "no MNIST here" else own
        for own in FINDINGS
    ]
    page = format_page(gone, sweep, read_expected(), {})
    assert "\n| MNIST" not in page
    assert (
        "\n- Not run: no MNIST here: MNIST, RNN 128 (printed: mean accuracy over epochs: 94.33 %); MNIST, LSTM 128;"
        in page
    )


def test_a_network_is_named_once_with_what_makes_it(page):
    echo = cut(page, SECTIONS["D3"])
    row = next(finding.row for finding in of("D3"))
    assert echo.count(f"| {row.network} |") == echo.count(f"`{row.setting}`") == 1
    assert f"`python -m seqmem.train experiment={row.experiment}`" in echo


def test_rows_of_several_experiments_say_which(page):
    assert "`experiment=d1_temporal_order recipe=temporal_order_lstm`" in cut(page, SECTIONS["1997"])


def test_a_row_that_was_run_otherwise_is_named_as_such_and_not_compared(sweep):
    forged = [replace(own, otherwise="other data") if "row_mnist" in own.row.setting else own for own in FINDINGS]
    lines = format_page(forged, sweep, read_expected(), {}).splitlines()
    (line,) = (line for line in lines if line.startswith("| MNIST, GRU 128 "))
    assert "(run otherwise: other data)" in line
    assert "- (run otherwise)" in line


def test_the_page_has_no_trailing_blanks_and_ends_with_one_line_end(page):
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    assert not [line for line in page.splitlines() if line.endswith(" ")]
