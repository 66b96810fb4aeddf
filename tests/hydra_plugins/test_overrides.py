"""Overrides that set a value, without Hydra's parser and OmegaConf, held against both."""

import pytest
from hydra.core.utils import setup_globals

from hydra_plugins.seqmem_stacked._overrides import NUMBER, Assignment, OverrideReader, apply
from tests.config.composing import make_loader

CONFIG = {"a": {"b": {"c": 1}, "d": None}, "e": [1, 2]}


@pytest.fixture(scope="module")
def reader() -> OverrideReader:
    setup_globals()
    return OverrideReader(make_loader())


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "+5", "7", "-12", "007", "-07", "1_000", "1.5", "-1.5", "1.", ".5", "0.5", "00.5", "1e5", "1E5", "1e-5",
     "1.5e+3", "-0e0", "1e400", "1e", "e5", "--1", "+-1", "0x10", "1,5", "1.2.3", "inf", "nan", "1 ", " 1", "", "1e5.5",
     "9" * 40, "１", "1.5e3_0", "1.0_5"],  # noqa: RUF001  # a digit that is none of ASCII's
)  # fmt: skip
def test_what_is_taken_for_a_number_is_the_one_that_hydra_parses(text, reader):
    if NUMBER.fullmatch(f"a.b={text}"):
        (parsed,) = reader.parser.parse_overrides([f"a.b={text}"])
        keys, value, how = reader.read(f"a.b={text}")
        assert (keys, repr(value), how) == (["a", "b"], repr(parsed.value()), "")


@pytest.mark.parametrize("text", ["0", "7", "-12", "1.5", "1e-5", "-1.5e+3"])
def test_plain_numbers_are_not_parsed(text, reader, monkeypatch):
    monkeypatch.setattr(reader, "parser", None)
    assert reader.read(f"some.key_2={text}").value == float(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("model=lstm", "choice"),
        ("model=3", "choice"),
        ("hydra.job.num=3", "hydra"),
        ("hydra.job.name=x", "hydra"),
        ("model@other=lstm", "choice"),
        ("a=x", Assignment(["a"], "x")),
        ("a='x, y'", Assignment(["a"], "x, y")),
        ("+a.b={c: [1, null]}", Assignment(["a", "b"], {"c": [1, None]}, "+")),
        ("++a=true", Assignment(["a"], True, "++")),
        ("~a", "other"),
        ("a=${b}", "other"),
        ("a=[1,'${b}']", "other"),
        ("a.0=1", "other"),
        ("a={1: x}", "other"),
    ],
)
def test_overrides_are_told_apart(text, kind, reader):
    assert reader.read(text) == kind


@pytest.mark.parametrize(
    ("assignment", "applied"),
    [
        (Assignment(["a", "b", "c"], 2), {**CONFIG, "a": {"b": {"c": 2}, "d": None}}),
        (Assignment(["a", "d"], {"x": 1}), {**CONFIG, "a": {"b": {"c": 1}, "d": {"x": 1}}}),
        (Assignment(["f"], 2, "+"), {**CONFIG, "f": 2}),
        (Assignment(["e"], 2, "++"), {**CONFIG, "e": 2}),
        (Assignment(["f"], 2), None),
        (Assignment(["e"], 2, "+"), None),
        (Assignment(["a"], 2), None),
        (Assignment(["a", "b"], {"x": 2}, "++"), None),
        (Assignment(["e", "x"], 2, "++"), None),
        (Assignment(["x", "y"], 2, "+"), None),
    ],
)
def test_a_value_is_set_in_a_copy_where_nothing_has_to_be_merged(assignment, applied):
    before = repr(CONFIG)
    assert apply(assignment, CONFIG) == applied
    assert repr(CONFIG) == before
