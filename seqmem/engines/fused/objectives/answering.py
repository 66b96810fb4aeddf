"""One block's answers, step by step: what is asked for, what counts, and what comes of it.

Everything is done for one vector of sequences at one step; lanes and steps without an answer count for nothing,
whatever stands there.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from seqmem.engines.fused.compiling import compiled, inlined
from seqmem.engines.fused.memory import float32_at
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.simd.types import Floats, Number, Struct, Vec
from seqmem.engines.fused.simd.vector import load, select_equal, select_less, splat, store, sum_lanes
from seqmem.engines.fused.structs import PREDICT, TRACE

f4 = np.float32

# What an objective leaves of a block, from `trial.found` on.
LOSS, WRONG, LARGEST, ERRORS, OUTSIDE, WRONG_ANSWERS, FOUND = range(7)


@inlined
def larger(a: Vec, b: Vec) -> Vec:
    """The larger of two numbers; b where either is NaN."""
    return select_less(a, b, b, a)


@inlined
def first_target(trial: Struct) -> int:
    """Where the block's targets begin."""
    steps = trial.max_length if trial.targets_every_step else 1
    return trial.batch_targets + trial.block * steps * trial.target_width * BLOCK


@inlined
def find_asked(lanes: Floats, target: int, length: Vec, t: int) -> Vec:
    """1 where a sequence has step t, and its target is not NaN, which asks for no answer; else 0."""
    zero, one, y = splat(f4(0.0)), splat(f4(1.0)), load(lanes, target)
    return select_less(splat(f4(t)), length, select_equal(y, y, one, zero), zero)


@inlined
def find_scored(trial: Struct, asked: Vec, length: Vec, t: int) -> Vec:
    """Those of the answers asked for at step t that are among the last ones, which can be wrong."""
    return select_less(length - splat(f4(trial.scored_steps)), splat(f4(t + 1)), asked, splat(f4(0.0)))


@inlined
def find_outside(trial: Struct, largest: Vec) -> Vec:
    """1 where a sequence's largest error is outside the strict tolerance, else 0."""
    return select_less(splat(f4(trial.strict_tolerance)), largest, splat(f4(1.0)), splat(f4(0.0)))


@compiled
def report(trial: Struct, lanes: Floats, found: Any) -> None:
    """Leave what was found of a block: its loss, and vectors of all else in the order of the constants above."""
    store(lanes, trial.scratch, found[2])
    largest = lanes[trial.scratch]
    for lane in range(1, LANES):
        largest = max(largest, lanes[trial.scratch + lane])
    lanes[trial.found + LOSS], lanes[trial.found + LARGEST] = found[0], largest
    lanes[trial.found + WRONG], lanes[trial.found + ERRORS] = sum_lanes(found[1]), sum_lanes(found[3])
    lanes[trial.found + OUTSIDE], lanes[trial.found + WRONG_ANSWERS] = sum_lanes(found[4]), sum_lanes(found[5])


def answering(answer: Any, to_outputs: Any) -> Any:
    """The compiled function that goes through a block's answers one by one.

    It compares the raw outputs with their targets and replaces them by their gradient, or stores outputs. It takes a
    trial's struct, the workspace, the steps that have an answer, and what the loss of one answer counts in the batch's.

    Args:
        answer: Compares one answer: called with the trial, the workspace, where its raw outputs and its target are, and
            the weight of its gradient, it gives loss, whether it is wrong, the largest and the summed error.
        to_outputs: Replaces raw outputs by outputs, where predictions are wanted.
    """
    store_outputs = storing(to_outputs)

    @compiled
    def answer_block(trial: Struct, lanes: Floats, num_steps: int, scale: Number) -> None:
        if trial.mode == PREDICT:
            store_outputs(trial, lanes, num_steps)
            return
        zero, one, infinite = splat(f4(0.0)), splat(f4(1.0)), splat(f4(np.inf))
        loss, errors, total_wrong, total_largest, outside, answers = zero, zero, zero, zero, zero, zero
        raw_stride, target_stride = trial.output_size * BLOCK, trial.target_width * BLOCK
        targets = first_target(trial)
        for half in range(0, BLOCK, LANES):
            length = load(lanes, trial.lengths + half)
            wrong, largest = zero, zero
            for t in range(num_steps):
                raw, target = trial.raw + t * raw_stride + half, targets + t * target_stride + half
                asked = find_asked(lanes, target, length, t)
                scored = find_scored(trial, asked, length, t)
                share = select_equal(length, splat(f4(t + 1)), splat(f4(trial.last_weight)), one)
                weight = select_less(zero, asked, splat(scale) * share, zero)
                if trial.mode == TRACE and trial.every_step:
                    weight = select_equal(length, splat(f4(t + 1)), weight, zero)
                result = answer(trial, lanes, raw, target, weight)
                loss = loss + select_less(zero, weight, result[0] * share, zero)
                error = select_equal(result[3], result[3], result[2], infinite)  # infinite where one is NaN
                is_wrong = select_less(zero, scored, select_equal(error, infinite, one, result[1]), zero)
                wrong, answers = larger(wrong, is_wrong), answers + is_wrong
                largest = larger(largest, select_less(zero, scored, error, zero))
                errors = errors + select_less(zero, scored, result[3], zero)
            total_wrong = total_wrong + wrong
            outside = outside + find_outside(trial, largest)
            total_largest = larger(total_largest, largest)
        report(trial, lanes, (sum_lanes(loss) * scale, total_wrong, total_largest, errors, outside, answers))

    return answer_block


def storing(to_outputs: Any) -> Any:
    """The compiled function that stores a block's outputs where `trial.answers` says, (n, steps, K)."""

    @compiled
    def store_outputs(trial: Struct, lanes: Floats, num_steps: int) -> None:
        size = trial.output_size
        steps = trial.max_length if trial.every_step else 1
        first = trial.block * BLOCK
        answers = float32_at(trial.answers, trial.batch_size * steps * size)
        for t in range(num_steps):
            raw = trial.raw + t * size * BLOCK
            for half in range(0, BLOCK, LANES):
                to_outputs(trial, lanes, raw + half)
            for lane in range(min(BLOCK, trial.batch_size - first)):
                offset = ((first + lane) * steps + t) * size
                for k in range(size):
                    answers[offset + k] = lanes[raw + k * BLOCK + lane]

    return store_outputs


@compiled
def count_answers(trial: Struct, lanes: Floats) -> tuple[Number, int]:
    """What the loss of one answer counts; and how many answers of the batch can be wrong."""
    answers, scored = float(trial.batch_size), trial.batch_size
    if trial.targets_every_step:
        answers, scored = _count_asked(trial, lanes)
    if trial.mean_over_sequences:
        answers = float(trial.batch_size)
    return f4(1.0 / (answers * trial.numbers)), scored


@compiled
def _count_asked(trial: Struct, lanes: Floats) -> tuple[float, int]:
    """What all answers that are asked for count together, and how many of them can be wrong."""
    zero = splat(f4(0.0))
    stride = trial.target_width * BLOCK
    all_asked, all_last, all_scored = 0, 0, 0
    for block in range(trial.num_blocks):
        asked, last, scored = zero, zero, zero
        targets = trial.batch_targets + block * trial.max_length * stride
        for half in range(0, BLOCK, LANES):
            length = load(lanes, trial.batch_lengths + block * BLOCK + half)
            for t in range(trial.max_length):
                own = find_asked(lanes, targets + t * stride + half, length, t)
                asked, scored = asked + own, scored + find_scored(trial, own, length, t)
                last = last + select_equal(length, splat(f4(t + 1)), own, zero)
        all_asked, all_last = all_asked + int(sum_lanes(asked)), all_last + int(sum_lanes(last))
        all_scored += int(sum_lanes(scored))
    return all_asked + all_last * (trial.last_weight - 1.0), all_scored
