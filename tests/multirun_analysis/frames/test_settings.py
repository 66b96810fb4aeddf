import pytest

from multirun_analysis.frames.settings import find_settings, flatten, format_setting, format_value, sort_key

RNN = {"task.name": "recall", "model.name": "rnn", "model.nonlinearity": "tanh", "hidden": 5, "optimizer.lr": 0.1}
LSTM = {"task.name": "recall", "model.name": "lstm", "hidden": 5, "optimizer.lr": 0.1}


def test_a_config_is_flat_with_dotted_keys_and_values_as_they_are_typed():
    nested = {
        "hidden": [2, 4],
        "clip": None,
        "stop": True,
        "task": {"name": "echo", "more": {"p": 1}},
        "init": {"bias": {"chrono": 100}},
        "loss": {},
    }
    assert flatten(nested) == {
        "hidden": "[2,4]", "clip": "null", "stop": "true", "task.name": "echo", "task.more": "{p:1}", "loss": "{}",
        "init.bias": "{chrono:100}",
    }  # fmt: skip


def test_only_keys_that_vary_are_columns_and_the_task_always_is():
    settings = find_settings([RNN, RNN | {"hidden": 10}], taken=())
    assert list(settings.frame) == ["task", "hidden"]
    assert settings.keys == ["task", "hidden"]


def test_equal_configs_are_one_setting():
    assert find_settings([RNN, LSTM, RNN], taken=()).of_jobs == [1, 0, 1]


def test_settings_that_differ_in_anything_are_never_one():
    changed = [RNN, *({**RNN, key: "other"} for key in RNN), RNN | {"new": "null"}]
    settings = find_settings(changed, taken=())
    assert sorted(settings.of_jobs) == list(range(len(changed)))
    assert not settings.frame.fillna("none").duplicated().any()


def test_what_an_option_brings_with_it_is_told_by_the_option():
    settings = find_settings([RNN, LSTM], taken=())
    assert settings.keys == ["task", "model"]
    assert settings.followers == {"nonlinearity": "model"}


def test_two_sources_of_a_model_are_two_settings():
    mine = RNN | {"model.name": "mgu", "model_source": "mgu 0a"}
    settings = find_settings([mine, mine | {"model_source": "mgu 1b"}, RNN], taken=())
    assert settings.keys == ["task", "model", "model_source"]
    assert find_settings([mine, RNN], taken=()).keys == ["task", "model"]


def test_what_a_task_brings_with_it_is_told_by_the_task():
    lag = {"task.name": "long_lag", "task.p": 100, "batch_size": 16}
    settings = find_settings([RNN | lag, RNN | {"batch_size": 64}], taken=())
    assert settings.keys == ["task"]
    assert settings.followers == {"p": "task", "batch_size": "task"}


def test_model_and_size_are_shown_even_where_the_task_tells_them():
    settings = find_settings([RNN, LSTM | {"task.name": "echo", "hidden": 8}], taken=())
    assert settings.keys == ["task", "model", "hidden"]


def test_a_value_that_varies_within_an_option_is_shown():
    settings = find_settings([RNN, RNN | {"model.nonlinearity": "relu"}, LSTM], taken=())
    assert settings.keys == ["task", "model", "nonlinearity"]
    assert list(settings.frame["nonlinearity"].fillna("-")) == ["-", "relu", "tanh"]


def test_the_class_behind_an_option_is_shown_only_where_the_name_does_not_tell_it():
    ours, theirs = ({"model.name": "rnn", "model._target_": target} for target in ("ours.RNN", "theirs.RNN"))
    assert find_settings([ours, {"model.name": "gru", "model._target_": "ours.GRU"}], taken=()).keys == [
        "task",
        "model",
    ]
    assert find_settings([ours, theirs], taken=()).keys == ["task", "_target_"]


def test_a_key_keeps_its_dots_where_its_short_name_is_taken_or_means_two_keys():
    config = {"optimizer.lr": 1, "schedule.error": 1, "task.error": 1, "task.seed": 1}
    changed = [config, dict.fromkeys(config, 2), config | {"task.seed": 3, "optimizer.lr": 5, "task.error": 7}]
    names = list(find_settings(changed, taken={"seed"}).frame)
    assert names == ["task", "lr", "schedule.error", "task.error", "task.seed"]


def test_rows_are_in_the_order_of_numbers_then_words_then_nothing():
    assert sorted(["lstm", 10, None, 2, 0.5, float("nan"), "[2,4]"], key=sort_key)[:5] == [0.5, 2, 10, "[2,4]", "lstm"]
    frame = find_settings([RNN | {"hidden": width} for width in (10, "[2,4]", 2)], taken=()).frame
    assert list(frame["hidden"]) == [2, 10, "[2,4]"]


def test_one_and_one_point_zero_are_one_value():
    assert find_settings([RNN | {"clip": 1}, RNN | {"clip": 1.0}], taken=()).of_jobs == [0, 0]


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (5.0, "5"), (0.001, "0.001"), (576000, "576000"), (1234567, "1234567"), ("lstm", "lstm"),
     (None, "-"), (float("nan"), "-")],
)  # fmt: skip
def test_values_read_as_they_are_typed(value, text):
    assert format_value(value) == text


def test_a_setting_is_named_by_its_values():
    assert format_setting({"task": "recall", "model": "lstm", "hidden": 5, "p": None}) == "recall lstm hidden=5"


def test_a_value_that_is_shown_is_one_printable_line_of_some_length():
    assert format_value("a\nb\x1b[31m\ud800\u202e") == "a\\nb\\x1b[31m\\ud800\\u202e"
    assert format_value("x" * 100) == "x" * 100
    assert format_value("x" * 101) == f"{'x' * 100} .."


def test_keys_are_printable():
    assert flatten({"a\x1b": {"b\n": 1}, "\ud800": 2}) == {"a\\x1b.b\\n": 1, "\\ud800": 2}


def test_what_is_no_finite_number_is_a_value_as_it_is_typed():
    nan = flatten({"a": float("nan"), "b": float("-inf"), "c": {"d": float("inf")}})
    assert nan == {"a": "NaN", "b": "-Infinity", "c.d": "Infinity"}
    assert find_settings([RNN | nan, RNN | flatten({"a": float("nan")}) | nan], taken=()).of_jobs == [0, 0]


def test_no_two_keys_are_called_the_same_whatever_they_are():
    keys = ["hidden", "config.hidden", "a.hidden", "a.config.hidden", "trials", "config.trials"]
    changed = [dict.fromkeys(keys, value) for value in (1, 2)]
    names = list(find_settings([RNN | config for config in changed], taken={"trials"}).frame)
    assert len(set(names)) == len(names) == 1 + len(keys)
    assert "trials" not in names


def test_task_and_model_are_called_so_whatever_other_keys_there_are():
    keys = ["task.name", "model.name", "task", "model", "x.task"]
    changed = [dict.fromkeys(keys, value) for value in ("a", "b")]
    assert list(find_settings(changed, taken=()).frame) == ["task", "model", "config.task", "config.model", "x.task"]
