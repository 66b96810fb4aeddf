"""Trained trials, taken up again."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import seqmem
from seqmem import records
from seqmem.engines.engine import Trial
from seqmem.engines.reference.stack import ReferenceStack
from seqmem.job.data import draw_test_set
from seqmem.sweep import Setting
from tests.config.composing import TINY, make_settings
from tests.engines.reference.own import Leaky
from tests.sweep.sweeping import Diary, run_settings

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def train(folder: Path, *overrides: str) -> Setting:
    (setting,) = make_settings(folder, [*TINY, "hidden=[4,4]", *overrides])
    list(run_settings([setting], Diary()))
    return setting


def predict(setting: Setting, trial: int) -> np.ndarray:
    """What the engine that trained a trial says of its test set, trained anew."""
    engine = ReferenceStack([Trial(setting.job, seed) for seed in setting.job.seeds])
    engine.advance([setting.job.max_steps] * setting.job.trials)
    return engine.predict(trial, draw_test_set(setting.job, setting.job.seed + trial))


@pytest.mark.parametrize("model", MODULES)
def test_a_few_lines_of_torch_give_the_same_predictions(tmp_path, model):
    setting = train(tmp_path, f"model={model}", "task=long_lag", "task.p=10")
    stored = load_file(setting.folder / "weights.safetensors")
    recurrent = MODULES[model](11, 4, num_layers=2, batch_first=True)
    readout = nn.Linear(4, 11)
    for name, module in (("recurrent", recurrent), ("readout", readout)):
        prefix = f"1.{name}."
        module.load_state_dict({k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)})
    test_set = draw_test_set(setting.job, 1)
    with torch.no_grad():
        outputs, _ = recurrent(nn.functional.one_hot(torch.from_numpy(test_set.inputs).long(), 11).float())
        predicted = readout(outputs[:, -1]).softmax(-1)
    np.testing.assert_allclose(predicted, predict(setting, 1), rtol=1e-4, atol=1e-6)


def test_a_few_lines_more_give_the_predictions_of_a_network_with_attention(tmp_path):
    setting = train(tmp_path, "model=gru_dot_attention", "task=long_lag", "task.p=10")
    stored = load_file(setting.folder / "weights.safetensors")
    recurrent, readout = nn.GRU(11, 4, num_layers=2, batch_first=True), nn.Linear(8, 11)
    for name, module in (("recurrent", recurrent), ("readout", readout)):
        prefix = f"1.{name}."
        module.load_state_dict({k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)})
    test_set = draw_test_set(setting.job, 1)
    with torch.no_grad():
        outputs, _ = recurrent(nn.functional.one_hot(torch.from_numpy(test_set.inputs).long(), 11).float())
        query = outputs[:, -1]
        weights = torch.einsum("bh,bth->bt", query, outputs).softmax(-1)
        context = torch.einsum("bt,bth->bh", weights, outputs)
        predicted = readout(torch.cat([query, context], -1)).softmax(-1)
    np.testing.assert_allclose(predicted, predict(setting, 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=lstm"],
        ["model=lstm_dot_attention"],
        ["model=rnn_cosine_attention", "hidden=[4,10]"],
        ["model=bigru", "model.embedding_size=3"],
        ["task=binary_addition"],
        ["task=echo", "model=lstm", "max_sequences=20", "evaluate_every=10"],
    ],
)
def test_a_loaded_trial_predicts_as_it_did(tmp_path, overrides):
    setting = train(tmp_path, *overrides)
    task, network = seqmem.load(setting.folder, 1)
    test_set = draw_test_set(setting.job, 1)
    assert type(task) is type(setting.job.task)
    with torch.no_grad():
        predicted = network(test_set.inputs, test_set.lengths).numpy()
    for ours, theirs, length in zip(predicted, predict(setting, 1), test_set.lengths, strict=True):
        valid = slice(length) if task.target.every_step else ...
        np.testing.assert_allclose(ours[valid], theirs[valid], rtol=1e-4, atol=1e-6)


def test_a_loaded_trial_counts_its_wrong_predictions_as_the_table_does(tmp_path):
    setting = train(tmp_path, "model=lstm")
    _, network = seqmem.load(setting.folder, 1)
    test_set = draw_test_set(setting.job, 1)
    answers = network(test_set.inputs, test_set.lengths).argmax(-1).numpy()
    assert (answers != test_set.targets).sum() == records.read_trials(setting.folder)[1].wrong


def test_the_first_trial_is_loaded_unless_said(tmp_path):
    setting = train(tmp_path)
    _, network = seqmem.load(str(setting.folder))
    stored = records.read_weights(setting.folder, 0)["readout.weight"]
    np.testing.assert_array_equal(network.readout.weight.detach(), stored)


def test_a_trial_that_there_is_not_is_refused(tmp_path):
    setting = train(tmp_path)
    with pytest.raises(records.RecordError, match=r"weights.safetensors holds no trial 7$"):
        seqmem.load(setting.folder, 7)


def test_a_folder_without_a_job_is_refused(tmp_path):
    with pytest.raises(records.RecordError, match=r"result.json is missing$"):
        seqmem.load(tmp_path)


@pytest.mark.parametrize(
    ("group", "target"),
    [("task", "os.system"), ("model", "tests.engines.reference.own.Leaky"), ("model", "seqmemory.X")],
)
def test_a_class_from_elsewhere_is_refused(tmp_path, group, target):
    setting = train(tmp_path)
    path = setting.folder / "result.json"
    result = json.loads(path.read_text())
    result["config"][group]["_target_"] = target
    path.write_text(json.dumps(result))
    with pytest.raises(ValueError, match=rf"names {group}._target_={target}, which is not seqmem's; pass trust=True"):
        seqmem.load(setting.folder)


def test_a_class_from_elsewhere_that_is_trusted_is_loaded(tmp_path):
    setting = train(tmp_path, "model._target_=tests.engines.reference.own.Leaky")
    _, network = seqmem.load(setting.folder, trust=True)
    assert isinstance(network.network.cell, Leaky)


def test_weights_that_do_not_fit_the_config_are_refused(tmp_path):
    setting = train(tmp_path)
    path = setting.folder / "result.json"
    result = json.loads(path.read_text())
    result["config"]["hidden"] = [4, 5]
    path.write_text(json.dumps(result))
    with pytest.raises(records.RecordError, match=r"weights.safetensors does not fit the config beside it$"):
        seqmem.load(setting.folder)
