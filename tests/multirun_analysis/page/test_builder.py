import base64
import hashlib
import json
import re

from multirun_analysis.page import builder, details
from tests.multirun_analysis.folders import LSTM, write_wrong
from tests.multirun_analysis.page.pages import SVG, build, write_sweep


def test_the_policy_knows_the_style_and_the_script_and_nothing_else(tmp_path):
    write_wrong(tmp_path / "a", [1])
    page = build(tmp_path).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{rule} &#39;sha256-{digest}&#39;" in policy.replace("'", "&#39;")
    assert policy.replace("&#39;", "'").startswith("default-src 'none'; img-src data:;")


def test_the_same_sweep_gives_the_same_page(tmp_path):
    write_sweep(tmp_path)
    assert build(tmp_path) == build(tmp_path)


def test_details_are_json_without_markup(tmp_path):
    write_wrong(tmp_path / "a", [1], overrides=["model=</script>&\u2028"])
    text = re.search(r'id="details">(.*?)</script>', build(tmp_path).decode(), re.DOTALL)[1]
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text)["settings"][0]["commands"] == ["python -m seqmem.train 'model=</script>&\u2028'"]


def test_settings_that_do_not_open_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(details, "MOST_SETTINGS", 1)
    monkeypatch.setattr(builder, "MOST_SETTINGS", 1)
    write_wrong(tmp_path / "a", [1])
    assert b"open to their curves" not in build(tmp_path)
    write_wrong(tmp_path / "b", [1], model=LSTM)
    assert b"The first 1 settings open to their curves, trials and samples" in build(tmp_path)


def test_comparisons_that_are_left_out_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "MOST_COMPARISONS", 1)
    for hidden in (2, 5):
        write_wrong(tmp_path / f"a{hidden}", [1, 2], hidden=hidden)
        write_wrong(tmp_path / f"b{hidden}", [1, 2], hidden=hidden, model=LSTM)
    assert b"more, in comparisons.csv." in build(tmp_path)


def test_a_single_model_is_not_compared(tmp_path):
    write_wrong(tmp_path / "a", [1])
    page = build(tmp_path)
    assert b"No trial solved the task, of 1. Least wrong: recall, 0.0 % (one trial)." in page
    assert b"comparisons" not in page


def test_notes_and_lines_on_the_table_are_on_the_page(tmp_path):
    write_wrong(tmp_path / "a", [1])
    write_wrong(tmp_path / "b", [1])
    page = build(tmp_path).decode()
    assert "<li>1 trial(s) appear in several jobs (same config and seed): each counts once" in page
    assert "The same in every row: lr=0.001." in page


def test_a_conclusion_leads_to_the_figure_that_it_names_where_it_is_there(tmp_path):
    write_sweep(tmp_path)
    figures = {"wrong_predictions.svg": SVG, "wrong_predictions.png": b""}
    page = build(tmp_path, figures).decode()
    assert '(figure <a href="#wrong_predictions">wrong_predictions</a>)' in page
    assert '<figure id="wrong_predictions">' in page
    assert "(figure wrong_predictions)." in build(tmp_path).decode()
