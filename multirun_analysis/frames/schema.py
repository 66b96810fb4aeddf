"""What the frames of a sweep hold: every column, what it means, and where more of its kind follow.

The varied keys (`model`, `hidden`, ..) stand in `settings`, `trials` and `summary` behind these, under their short
names. A number that is not known is missing (NaN or <NA>), never 0 or -1. `setting` is the same everywhere.
"""

from __future__ import annotations

SPREAD = "over the trials: mean, std (of a sample), min, q1, median, q3, max"

SCHEMA: dict[str, dict[str, str]] = {
    "trials": {
        "setting": "which setting, the index of `settings`",
        "trial": "which of its job's trials, from 0",
        "seed": "its seed; a trial is known by setting and seed",
        "status": "done, diverged, failed, interrupted, running or missing",
        "solved": "whether it met its task's criterion",
        "sequences": "training sequences that passed through the network",
        "sequences_to_criterion": "of these, those until it met the criterion; missing: censored at `sequences`",
        "wrong": "wrong predictions of `test_sequences`; missing where it diverged",
        "outside_tolerance": "test sequences outside of the task's stricter rule, where it has one",
        "answer_error": "share of wrong answers on the test set, where a sequence has several",
        "test_sequences": "size of its test set",
        "mean_test_error": "share of wrong predictions, mean over the evaluations while it trained",
        "train_loss": "loss of the last point of its curve",
        "test_loss": "loss on the test set at its end",
        "parameters": "trained weights",
        "wall_time_s": "its share of its stack's time, in seconds",
        "error_rate": "wrong / test_sequences",
        "job": "its job's folder",
    },
    "summary": {
        "trials": "finished trials: done or diverged",
        "diverged": "of these; then failed, interrupted, running, missing: trials that are not finished",
        "solved": "finished trials that met the criterion; solved_rate: their share, with solved_low, solved_high",
        "wrong_mean": f"wrong predictions {SPREAD}; a trial that diverged counts as all wrong",
        "outside_tolerance_mean": "likewise, where the task has a stricter rule",
        "test_sequences": "size of the test set",
        "error_rate": "mean share of wrong predictions; error_rate_median, with _low, _high: its interval",
        "answer_error": "likewise of single answers, where a sequence has several; answer_error_median",
        "sequences_to_criterion": "Kaplan-Meier median, missing if half of the trials never met it; _low, _high",
        "budget": "sequences that the longest trial without it was seen for; missing if all met it",
        "training_accuracy": "1 - mean_test_error, mean over the trials",
        "parameters": "trained weights",
        "seconds": "a trial's share of its stack's time, mean over the trials",
    },
    "curves": {
        "setting": "which setting",
        "seed": "which of its trials",
        "sequences": "training sequences that had passed",
        "train_loss": "mean since the point before",
        "train_error": "share of wrong training sequences since then",
        "test_loss": "on the test set, where it was evaluated there; test_error likewise",
        "last_loss": "of the last batch alone",
        "validation_loss": "on the validation set, where there is one; validation_error likewise",
        "ended": "whether the trial has ended",
    },
    "samples": {
        "setting": "which setting, of whose first trial it is",
        "input": "a test sequence, as a person reads it",
        "target": "what is right",
        "prediction": "what the network answered",
    },
    "traces": {
        "setting": "which setting, of whose first trial it is",
        "step": "of one test sequence, from 0",
        "input": "what was read there; missing if it is not known",
        "telling": "whether the answer depends on it, as the task says",
        "gradient_norm": "of the final loss with respect to that step's input",
        "h0": "hidden units of the top layer after the step, h0, h1, ..",
    },
    "solving": {
        "setting": "which setting",
        "sequences": "training sequences",
        "solved": "share of trials that had met the criterion by then, after Kaplan and Meier",
    },
}
