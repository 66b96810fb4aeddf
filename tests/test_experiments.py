"""The experiments, and the table of the documents that is made from them."""

import re
from pathlib import Path

import pytest

from multirun_analysis import read_sweep
from multirun_analysis.documents.expected import EXPECTED, format_expected, read_expected
from multirun_analysis.documents.findings import find
from multirun_analysis.documents.rows import Row, read_rows
from seqmem.config.build import conf_dir
from tests.command import call, elsewhere  # noqa: F401
from tests.expected import compose_expected, sweep
from tests.tasks.mnist import write_files

ROOT = Path(__file__).parents[1]
ROWS = read_rows()
EXPERIMENTS = sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))
COMMANDS = list({row.command: row for row in ROWS}.values())  # a row of each
TINY = ["max_sequences=32", "evaluate_every=16", "batch_size=16", "test_sequences=20", "trials=2", "engine=reference"]


def without_seed(job: list[str]) -> tuple[str, ...]:
    return tuple(override for override in job if not override.startswith("seed="))


def belongs(row: Row, job: list[str]) -> bool:
    return set(row.overrides) <= set(job)


def test_every_experiment_is_in_the_table_and_no_other():
    assert {row.experiment for row in ROWS} == set(EXPERIMENTS)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_row_fits_exactly_one_point_of_its_experiment(experiment):
    jobs = sweep(experiment)
    for row in ROWS:
        if row.experiment == experiment and "task=row_mnist" not in row.overrides:
            assert len({without_seed(job) for job in jobs if belongs(row, job)}) == 1, row.command


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: " ".join(row.overrides))
def test_the_command_of_a_row_trains_one_point_and_nothing_else(row):
    jobs = sweep(row.experiment, *row.setting.split())
    assert all(belongs(row, job) for job in jobs)
    assert len({without_seed(job) for job in jobs}) == 1


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: " ".join(row.overrides))
def test_the_command_of_a_row_makes_what_is_expected_of_it(row):
    expected, made = read_expected()[row.command], compose_expected(row)
    assert expected.describe_differences(made.config, made.digest) == "", "python -m tests.expected writes it anew"
    assert expected == made, "python -m tests.expected writes it anew"
    assert len(made.seeds) >= 10


def test_what_is_expected_is_read_as_it_was_written():
    expected = read_expected()
    assert list(expected) == [row.command for row in COMMANDS]
    assert format_expected(expected) == EXPECTED.read_text(encoding="utf-8")


def test_what_needs_mnist_is_trained_by_a_task_of_its_own():
    rows = [row for row in ROWS if "task=row_mnist" in row.overrides]
    assert {row.absent for row in rows} == {"no MNIST here"}
    assert all(len(sweep(row.experiment, *row.setting.split())) == 1 for row in rows)


def test_every_recipe_of_a_document_is_in_its_experiment():
    swept = {override for name in EXPERIMENTS for job in sweep(name) for override in job}
    written = [path.stem for path in (conf_dir() / "recipe").glob("*_as_written.yaml")]
    assert written
    assert {f"recipe={name}" for name in written} <= swept


def test_every_experiment_is_trained_for_the_results():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    results = makefile[makefile.index("\nresults:") : makefile.index("\nmnist:")]
    assert set(re.findall(r"\b(?:d\d|paper1997)_\w+", results)) == set(EXPERIMENTS)


def findings(experiment):
    return find([row for row in ROWS if row.experiment == experiment], read_sweep(f"multirun/{experiment}"))


def test_echo_is_learned_and_every_row_of_it_is_found(elsewhere):  # noqa: F811
    finished = call("experiment=d3_echo", "trials=3", "engine=reference")
    assert finished.code == 0, finished.err
    found = findings("d3_echo")
    assert [finding.missing for finding in found] == [""] * len(found)
    right = {finding.row.setting: finding.values for finding in found if finding.row.figure == "right_from"}
    assert max(right["recipe=echo_rnn max_sequences=15"]) <= 15
    assert max(right["recipe=echo_bilstm max_sequences=100"]) <= 15


def test_a_hand_written_lstm_whose_weights_stay_answers_as_before(elsewhere):  # noqa: F811
    finished = call("experiment=d2_as_written", "seed=0,1", "max_sequences=40", "engine=reference")  # fmt: skip
    assert finished.code == 0, finished.err
    zero, one = findings("d2_as_written")[:2]
    assert (zero.row.printed, one.row.printed, list(zero.of_seed)) == (".2411", ".3355", [0, 1])
    assert all(0 < low < high < 0.97 for low, high in zip(zero.values, one.values, strict=True))


def test_made_up_images_in_a_folder_of_mnists_files_are_named_other_data(elsewhere, tmp_path):  # noqa: F811
    folder = write_files(tmp_path / "mnist")
    setting = [
        "task=row_mnist",
        "model=gru",
        "model.readout=last",
        f"task.folder={folder}",
        "hidden=4",
        "engine=reference",
    ]
    sizes = ["test_sequences=12", "batch_size=20", "max_sequences=40", "evaluate_every=40", "trials=2"]
    finished = call("experiment=d4_digits", *setting, *sizes)
    assert finished.code == 0, finished.err
    (found,) = (finding for finding in findings("d4_digits") if not finding.missing)
    assert found.otherwise.endswith("keys more; other data")
    assert (found.row.network, found.is_compared) == ("MNIST, GRU 128", False)


@pytest.mark.parametrize(
    ("experiment", "overrides"),
    [
        (
            "d0_as_written",
            ["recipe=long_lag_lstm_as_written,long_lag_rnn_as_written", "hidden=4", "task.p=10", "train_set=null"],
        ),
        ("d1_temporal_order", ["recipe=temporal_order_rnn_cosine_attention_as_written,temporal_order_lstm_as_written"]),
        ("d4_digits", ["model=rnn,birnn", "hidden=4"]),
        ("d4_recall", ["hidden=2"]),
        ("d4_addition", ["hidden=10"]),
        ("paper1997_long_lag", ["recipe=long_lag_irnn"]),
    ],
)
def test_what_an_experiment_trains_is_found_by_its_rows(experiment, overrides, elsewhere):  # noqa: F811
    finished = call(f"experiment={experiment}", *overrides, *TINY)
    assert finished.code == 0, finished.err
    found = [finding for finding in findings(experiment) if not finding.missing]
    jobs = sweep(experiment, *overrides)
    due = [row for row in ROWS if row.experiment == experiment and any(belongs(row, job) for job in jobs)]
    # After 32 sequences a curve has no room for any but the first epochs, and few have solved anything.
    curves = ("train_loss", "last_loss", "test_accuracy")
    late = {row.label for row in due if row.figure in curves and row.at and row.at != "2000"}
    assert [finding.row for finding in found] == [row for row in due if row.label not in {*late, "loss at epoch 0"}]
    assert all(finding.trials == 2 for finding in found)
