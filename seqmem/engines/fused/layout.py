"""Where everything of a trial stands: offsets into its weights and into the workspace.

Weights and optimizer means are the trial's own; the workspace belongs to the thread that trains
it, and is laid out anew for each trial, in units of one float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqmem.engines.fused.flat import Flat, padded
from seqmem.engines.fused.objectives.answering import FOUND
from seqmem.engines.fused.simd.look_up import ONE_HOT, permutes
from seqmem.engines.fused.simd.target import BLOCK, LANES
from seqmem.engines.fused.steps.plans import find_plan, find_preparation
from seqmem.engines.fused.steps.preparation import count_values, write_preparation
from seqmem.engines.fused.steps.table import write_table
from seqmem.engines.fused.structs import AT_FIRST, AT_LAST, EVERY, FEATURES, LAYER, SYMBOLS, TRIAL
from seqmem.job.network import Layer, Network


@dataclass(frozen=True)
class Layout:
    """A trial's structs, and the workspace that they need.

    trial: One struct of `structs.TRIAL`; only its offsets and sizes are set.
    layers: (num_layers,) of `structs.LAYER`.
    floats, integers: Size of the workspace's two arrays.
    """

    trial: np.ndarray
    layers: np.ndarray
    floats: int
    integers: int


class _Space:
    """Hands out offsets, each on a whole vector."""

    def __init__(self) -> None:
        self.used = 0

    def take(self, size: int) -> int:
        offset = self.used
        self.used += padded(size)
        return offset


def lay_out(network: Network, batch_size: int, max_length: int) -> Layout:
    """Place a network's parameters and workspace.

    Args:
        max_length: Steps of the longest sequence.
    """
    task, target = network.task, network.task.target
    space = _Space()
    trial = np.zeros((), TRIAL)
    trial["num_blocks"] = num_blocks = -(-batch_size // BLOCK)
    trial["batch_size"], trial["max_length"] = batch_size, max_length
    trial["num_layers"] = len(network.layers)
    trial["num_symbols"] = task.input_size if task.symbols else 0
    trial["num_features"] = 0 if task.symbols else task.input_size
    trial["embedding_size"] = network.embedding_size or 0
    trial["output_size"], trial["every_step"] = target.size, target.every_step
    trial["has_readout"] = network.readout != "none"

    trial["targets_every_step"] = target.targets_every_step
    steps = max_length if target.every_step else 1
    trial["target_width"] = target_width = target.target_width
    trial["batch_inputs"] = space.take(num_blocks * max_length * int(trial["num_features"]) * BLOCK)
    trial["batch_targets"] = space.take(
        num_blocks * (max_length if target.targets_every_step else 1) * target_width * BLOCK
    )
    trial["batch_lengths"] = space.take(num_blocks * BLOCK)
    trial["lengths"] = space.take(BLOCK)
    trial["ends"] = num_blocks * max_length * BLOCK
    trial["spare"] = trial["ends"] + max_length
    if task.symbols and task.input_size <= ONE_HOT:
        trial["one_hot"] = space.take(max_length * task.input_size * BLOCK)
    if network.embedding_size:
        trial["embedded"] = space.take(max_length * network.embedding_size * BLOCK)
    trial["prepared"] = -1
    if network.embedding_size and permutes(task.input_size):
        trial["prepared"] = space.take(network.embedding_size * LANES)
    trial["embedded_gradient"] = -1
    if network.embedding_size:
        trial["embedded_gradient"] = space.take(max_length * network.input_size * BLOCK)

    flat = Flat(network)
    offsets = flat.offsets
    layers = _place_layers(network, trial, offsets, space)
    trial["readout_weight"] = offsets.get("readout.weight", 0)
    trial["readout_bias"] = offsets.get("readout.bias", 0)
    trial["raw"] = space.take(steps * target.size * BLOCK)
    trial["found"] = space.take(FOUND)
    trial["num_parameters"], trial["num_weights"] = flat.num_parameters, flat.num_weights
    trial["gradient"] = space.take(flat.num_weights)
    alphabet = task.input_size if task.symbols else 0
    trial["scratch"] = space.take(LANES * (LANES + alphabet))
    return Layout(
        trial=trial,
        layers=layers,
        floats=space.used + 8 * BLOCK,
        integers=(num_blocks * BLOCK + 1) * (max_length + 1),
    )


def _place_layers(network: Network, trial: np.ndarray, offsets: dict[str, int], space: _Space) -> np.ndarray:
    """Place every layer, and what the readout reads of the top one."""
    plans = [find_plan(network.cell, layer.hidden_size) for layer in network.layers]
    steps = int(trial["max_length"])
    layers = np.zeros(len(network.layers), LAYER)
    total = sum(sum(plan.states.sizes) for plan in plans)
    if network.initial_state == "uniform":
        trial["initial_size"], trial["initial"] = total, space.take(total * BLOCK)
    carry = space.take(2 * max(sum(plan.states.sizes) for plan in plans) * BLOCK)
    below = _find_input(network, trial)
    depth, outputs, gradient = -1, 0, 0
    for struct, layer, plan in zip(layers, network.layers, plans, strict=True):
        width = layer.hidden_size * (1 + network.bidirectional)
        if layer.depth != depth:
            if depth >= 0:
                below = _Source(FEATURES, outputs + layer.input_size * BLOCK, gradient)
            depth = layer.depth
            outputs = space.take((steps + 2) * width * BLOCK)
            top = depth == len(network.hidden_sizes) - 1
            picked = top and not trial["every_step"] and network.attention != "dot"
            gradient = space.take((1 if picked else steps) * width * BLOCK)
        row = layer.hidden_size * BLOCK * layer.reverse
        for name in ("weight_ih", "bias_ih"):
            struct[name] = offsets[f"recurrent.{name}{layer.suffix}"]
        struct["last_direction"] = layer.reverse == network.bidirectional
        struct["reverse"], struct["holds"] = layer.reverse, plan.holds
        struct["gate_rows"], struct["memory_rows"] = plan.gate_rows, plan.states.memory_rows
        struct["memory"] = plan.states.memory * BLOCK
        struct["output_first"] = sum(plan.states.sizes[: plan.states.output])
        struct["input_size"], struct["hidden_size"] = layer.input_size, layer.hidden_size
        struct["input_kind"], struct["input"] = below.kind, below.offset
        struct["input_block"] = below.block
        struct["input_gradient"] = below.gradient
        struct["bias"] = space.take(plan.gate_rows)
        struct["prepared"] = -1
        if below.kind == SYMBOLS and permutes(layer.input_size):
            struct["prepared"] = space.take(plan.gate_rows * LANES)
        struct["gates_width"] = plan.kept_rows
        around = 1 if plan.states.memory_rows else 0  # initial states stand before the first step and after the last
        struct["gates"] = space.take((steps + 2 * around) * plan.kept_rows * BLOCK) + around * plan.kept_rows * BLOCK
        struct["outputs"], struct["outputs_width"] = outputs + row, width
        struct["draws_initial"] = network.initial_state == "uniform"
        struct["starts_at_zero"] = not (struct["draws_initial"] or plan.initial)
        struct["incoming"], struct["incoming_kind"] = gradient + row, _incoming_kind(network, layer)
        struct["carry"], struct["lengths"] = carry, trial["lengths"]
        struct["fixed"] = space.take(plan.fixed_rows * BLOCK)
        preparation = find_preparation(network.cell, layer.hidden_size, layer.input_size)

        def find(name: str, suffix: str = layer.suffix) -> int:
            return offsets[f"recurrent.{name}{suffix}"]

        def find_prepared(name: str, suffix: str = layer.suffix) -> int:
            return offsets.get(f"prepared.{name}{suffix}", offsets.get(f"recurrent.{name}{suffix}", -1))

        struct["table"] = write_table(plan, struct, find_prepared)
        if preparation.prepared or preparation.projected:
            struct["values"] = space.take(2 * count_values(preparation))
            write_preparation(preparation, struct, find, find_prepared)
    _place_features(network, trial, space, outputs, gradient)
    return layers


class _Source(NamedTuple):
    """What the layers of one depth read.

    offset: Of step 0.
    gradient: Offset of the gradient at step 0, or -1.
    block: From one block of the batch to the next.
    """

    kind: int
    offset: int
    gradient: int
    block: int = 0


def _find_input(network: Network, trial: np.ndarray) -> _Source:
    gradient = int(trial["embedded_gradient"])
    if network.embedding_size:
        return _Source(FEATURES, int(trial["embedded"]), gradient)
    block = int(trial["max_length"] * trial["num_features"]) * BLOCK
    return _Source(SYMBOLS if network.task.symbols else FEATURES, int(trial["batch_inputs"]), gradient, block)


def _incoming_kind(network: Network, layer: Layer) -> int:
    if layer.depth < len(network.hidden_sizes) - 1 or network.task.target.every_step or network.attention == "dot":
        return EVERY
    return AT_FIRST if network.readout == "final" and layer.reverse else AT_LAST


def _place_features(network: Network, trial: np.ndarray, space: _Space, outputs: int, gradient: int) -> None:
    """Place what the readout reads: the top layer's outputs, those picked from them, or a context."""
    width, size = network.top_size, network.features_size
    trial["first_outputs"], trial["outputs_width"] = outputs + width * BLOCK, width
    trial["outputs_gradient"] = trial["features_gradient"] = gradient
    trial["features"], trial["features_width"] = trial["first_outputs"], size
    trial["features_stride"] = width * BLOCK if network.task.target.every_step else 0
    if not network.task.target.every_step:
        trial["features"] = trial["picked"] = space.take(size * BLOCK)
    if network.attention is not None:
        trial["features_gradient"] = space.take(size * BLOCK)
    if network.attention == "dot":
        trial["attention"] = space.take(int(trial["max_length"]) * BLOCK)
    if network.attention == "cosine":
        trial["picked"], trial["attention"] = space.take(width * BLOCK), space.take(size * BLOCK)
    final = network.readout == "final" and network.bidirectional
    trial["ends_at_first"] = network.hidden_sizes[-1] if final else width
