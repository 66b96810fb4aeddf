"""The table of the networks that were tried."""

import pytest

from multirun_analysis.documents.architectures import build_architectures, format_rule, format_weights
from multirun_analysis.documents.expected import read_expected
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.rows import read_rows

ROWS = [row for row in read_rows() if row.section == "D0"]


def read(findings):
    columns = build_architectures(findings, read_expected())
    heads = [" ".join(column.header) for column in columns]
    return [
        dict(zip(heads, entries, strict=True)) for entries in zip(*(column.entries for column in columns), strict=True)
    ]


def test_a_network_has_one_row_with_its_whole_training_and_what_came_of_it():
    own = [row for row in ROWS if row.setting == "recipe=long_lag_irnn"]
    (line,) = read([Finding(row, of_seed={0: 3.0, 1: 4.0}, trials=2, solved=1) for row in own])
    assert line == {
        "network": own[0].network, "units": "32", "activation": "ReLU",
        "initial weights": "inputs N(0, 0.001²), recurrent identity, biases zero",
        "optimizer": "Adam 0.001 falling with the error, clip 1", "batch": "32", "sequences at most": "64,000",
        "solved": "1 of 2", "wrong, mean": "3.5",
    }  # fmt: skip


def test_what_was_not_run_or_otherwise_has_an_architecture_but_no_outcome():
    otherwise = {"otherwise": "other data", "trials": 2, "solved": 2, "of_seed": {0: 3.0}}
    for changes in ({"missing": "not run"}, otherwise):
        lines = read([Finding(row, **changes) for row in ROWS])
        assert len(lines) == len({row.command for row in ROWS})
        assert all(line["activation"] for line in lines)
        assert {(line["solved"], line["wrong, mean"]) for line in lines} == {("-", "-")}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("{normal:1}", "N(0, 1)"), ("{normal:0.1}", "N(0, 0.1²)"), ("{uniform:0.1}", "U(-0.1, 0.1)"),
        ("{uniform:[0,1]}", "U(0, 1)"), ("{chrono:200}", "chrono(200)"), ("identity", "identity"),
        ("{forget:7,input:-3}", "forget 7, input -3"), ("[{constant:-2},{constant:-4}]", "-2 / -4"),
    ],
)  # fmt: skip
def test_a_rule_of_initial_weights_reads_as_one_writes_it(rule, text):
    assert format_rule(rule) == text


def test_weights_that_torch_would_draw_are_not_listed():
    keys = ("input", "recurrent", "bias", "bias_ih", "readout")
    default = {f"init.{key}": "null" if key == "bias_ih" else "default" for key in keys}
    assert format_weights(default) == "torch's"
    assert format_weights({**default, "init.bias": "{chrono:9}"}) == "biases chrono(9)"
