"""Zips: how they are read, and how they travel through Hydra, which does not know them."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from seqmem import records
from seqmem.config.build import ConfigError
from seqmem.config.deferring import defer
from seqmem.config.zipped import quote_zip, read_zip, unquote_zip
from tests.command import call, elsewhere  # noqa: F401

ZIPS = [
    "m=zip(model=choice(a,b),optimizer=choice(c,d))",
    "m=zip( model = choice(a, b) , task.p=[1,2] )",
    "m=shuffle( zip(a=range(1,3),b=['x,y)','(z']))",
    "m=zip(a=[[1,2],[3]],init.bias=[{forget: 5},null])",
    r"m=zip(a=['\\','b'],b=[a\,b,'c\'d'])",
]


def read(text: str) -> list[list[str]]:
    return [list(member.sweep_string_iterator()) for member in read_zip(text).members]


@pytest.mark.parametrize("text", ZIPS)
def test_a_zip_travels_through_hydras_parser(text):
    quoted = quote_zip(text)
    (override,) = OverridesParser.create().parse_overrides([quoted])
    assert override.is_choice_sweep()
    assert unquote_zip(quoted) == text


@pytest.mark.parametrize(
    "text", ["a=1", "a=1,2", "a=choice(zip,b)", "a=zipped(1)", "~a", "a=choice('zip')", "a='zip(b)'"]
)
def test_all_else_travels_as_it_is(text):
    assert quote_zip(text) == text
    assert unquote_zip(text) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (ZIPS[0], [["a", "b"], ["c", "d"]]),
        (ZIPS[1], [["a", "b"], ["1", "2"]]),
        (ZIPS[2], [["1", "2"], ["'x,y)'", "'(z'"]]),
        (ZIPS[3], [["[1,2]", "[3]"], ["{forget:5}", "null"]]),
        ("m=zip(a=choice([1,2],[3,4]),+b=sort(2,1),++c@d=[1,1])", [["[1,2]", "[3,4]"], ["1", "2"], ["1", "1"]]),
    ],
)
def test_the_values_of_each_key_are_read(text, values):
    assert read(text) == values


def test_the_completed_zip_may_be_shuffled():
    assert [read_zip(text).shuffled for text in ZIPS] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m=zip(a=[1],b=[2]", r" must read NAME=zip\(key=choice\(a,b\),other=choice\(c,d\)\)$"),
        ("m=zip(a=[1],b=[2]))", r" must read NAME=zip\("),
        ("m=zip(a=[1],b=[2]),zip(a=[1],b=[2])", r" must read NAME=zip\("),
        ("m=zip(a=[1)],b=[2])", r": a=\[1\)\] cannot be read: "),
        ("m=zip(a=[1,2])", r" must zip two keys or more, as NAME=zip\("),
        ("m=zip()", ": nothing is not a member such as "),
        ("m=zip(choice(a,b),choice(c,d))", r": choice\(a,b\) is not a member such as key=choice\(a,b\)$"),
        ("m=zip(~a=[1],b=[2])", r": ~a=\[1\] is not a member such as "),
        ("m=zip(a=[1],a=[2])", " sets a twice$"),
        ("m=zip(a=[1],+a=[2])", " sets a twice$"),
        ("m=zip(a=[],b=[])", r": a must have a list of values, as choice\(a,b\) or \[a,b\], got \[\]$"),
        ("m=zip(a=1,b=[2])", ": a must have a list of values, .*, got 1$"),
        ("m=zip(a=interval(0,1),b=[2])", r": a must have a list of values, .*, got interval\(0,1\)$"),
        ("m=zip(a=shuffle([1,2]),b=[1,2])", r": a must not be shuffled by itself; write NAME=shuffle\(zip\(..\)\)$"),
        ("m=zip(a=[1],b=zip(c=[1],d=[2]))", r": a zip must not stand in another, got b=zip\(c=\[1\],d=\[2\]\)$"),
        ("m=zip(hydra.job.name=[a],b=[1])", " must not set keys of Hydra's own, got hydra.job.name$"),
        ("hydra/launcher=zip(a=[1],b=[2])", "must have a name of letters, digits and _ before its =, got 'hydra/laun"),
        ("=zip(a=[1],b=[2])", "must have a name of letters, digits and _ before its =, got ''$"),
        ("model=zip(a=[1],b=[2])", "must have a name of its own before its =; model is a key of the config$"),
        ("recipe=zip(a=[1],b=[2])", "must have a name of its own before its =; recipe is a key of the config$"),
    ],
)
def test_what_is_no_zip_is_refused(text, message):
    with pytest.raises(ConfigError, match=message) as refused:
        read_zip(text)
    assert str(refused.value).startswith(text)


def test_keys_of_zipped_options_are_checked_against_each_of_them():
    zipped = quote_zip("m=zip(recipe=choice(long_lag_irnn,long_lag_gru),seed=[1,2])")
    assert defer([zipped, "task.p=50"]) == [zipped, "task.p=choice(50)"]
    zipped = quote_zip("m=zip(hidden=[1,2],seed=[1,2])")
    assert defer([zipped, "task.p=50"]) == [zipped, "task.p=50"]


ZIP = "m=zip(model=choice(rnn,lstm),hidden=[2,3])"
TINY = ["max_sequences=128", "evaluate_every=128", "test_sequences=20", "trials=1", "engine=reference"]


def test_a_zip_is_trained_listed_and_gone_on_with(elsewhere):  # noqa: F811
    finished = call("-m", ZIP, *TINY)
    assert finished.code == 0, finished.err
    folders = sorted(path.name.rpartition("-")[0] for path in (elsewhere / "multirun/recall").glob("*-*"))
    assert folders == ["model=lstm,hidden=3", "model=rnn,hidden=2"]
    origins = [records.read_result(path).origin["command"] for path in records.find_jobs(elsewhere)]
    assert all(f"-m '{ZIP}' " in command for command in origins)  # as typed
    listed = call("-m", "m=zip(hidden=[3,2,5],model=[lstm,rnn,lstm])", *TINY, "dry_run=true").out
    assert [line.split()[:3] for line in listed.splitlines()[1:4]] == [
        ["hidden=3", "model=lstm", "done"],
        ["hidden=2", "model=rnn", "done"],
        ["hidden=5", "model=lstm", "to"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([ZIP], f"seqmem: {ZIP} has several values; add -m to run each\n"),
        (["-m", ZIP, "hydra/sweeper=basic"], f"seqmem: {ZIP} needs hydra/sweeper=grid, got "),
        (["-m", "m=zip(hidden=[2,3])"], "seqmem: m=zip(hidden=[2,3]) must zip two keys or more, "),
        (["-m", ZIP, "model=gru"], f"seqmem: model is set by {ZIP} and by model=gru; leave one of them out\n"),
        (["-m", "m=zip(hiden=[2,3],seed=[1,2])"], "seqmem: hiden is not a key; did you mean hidden?\n"),
    ],
)
def test_a_zip_that_cannot_be_run_gets_one_line(arguments, message, elsewhere):  # noqa: F811
    finished = call(*arguments)
    assert (finished.code, finished.err[: len(message)]) == (2, message)
    assert finished.err.count("\n") == 1
