"""A stack of networks, run forwards: torch with a leading trial axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from seqmem.engines.reference.attention import attend
from seqmem.engines.reference.recurrence import Steps, run_layer
from seqmem.job.network import Layer, Network

Weights = Mapping[str, Tensor]


def state_size(network: Network) -> int:
    """Numbers in the initial states of all layers of one sequence."""
    return sum(_count_states(network, layer) for layer in network.layers)


def _count_states(network: Network, layer: Layer) -> int:
    return sum(map(math.prod, network.cell.state_shapes(layer.hidden_size).values()))


def run(
    network: Network,
    weights: Weights,
    inputs: Tensor,
    lengths: Tensor,
    initial: Tensor | None,
    first_gates: list[Tensor] | None = None,
) -> Tensor:
    """Raw outputs of a stack of networks that differ in their weights only.

    Args:
        weights: Each parameter with a leading trial axis.
        inputs: (M, B, T) symbols, or (M, B, T, I) features; a task's symbols may be given as
            features as well, one-hot or any mixture of them.
        lengths: (M, B).
        initial: (M, B, `state_size`) initial states, layer by layer; None for zeros.
        first_gates: Takes up the input's part of the first layers' gates, (M, B, T, G), one direction after the other;
            gradients are followed back to there and no further.
    Returns:
        (M, B, O), or (M, B, T, O) where the target has an answer at every step.
    """
    outputs = run_layers(network, weights, inputs, lengths, initial, first_gates)
    if not network.task.target.every_step:
        end = _pick_end(network, outputs, lengths)  # M, B, H
        if network.attention is not None:
            end = attend(network.attention, end, outputs, inputs, lengths, network.task.input_size)
        outputs = end
    elif network.attention is not None:
        outputs = attend(network.attention, outputs, outputs, inputs, lengths, network.task.input_size)
    return read_out(network, weights, outputs)


def read_out(network: Network, weights: Weights, outputs: Tensor) -> Tensor:
    """Raw outputs, (M, .., O), from what the readout reads, (M, .., H)."""
    if network.readout == "none":
        return outputs
    shape = (*outputs.shape[:-1], network.output_size)
    flat = outputs.flatten(1, -2)  # M, B or B T, H
    return torch.baddbmm(weights["readout.bias"].unsqueeze(1), flat, weights["readout.weight"].mT).view(shape)


def run_layers(
    network: Network,
    weights: Weights,
    inputs: Tensor,
    lengths: Tensor,
    initial: Tensor | None,
    first_gates: list[Tensor] | None = None,
) -> Tensor:
    """Outputs of the top layer, (M, B, T, H), both directions side by side."""
    return run_with_states(network, weights, inputs, lengths, initial, first_gates)[0]


def run_with_states(
    network: Network,
    weights: Weights,
    inputs: Tensor,
    lengths: Tensor,
    initial: Tensor | None,
    first_gates: list[Tensor] | None = None,
    every_step: bool = False,
) -> tuple[Tensor, list[Tensor]]:
    """As `run_layers`, and all states, in the order of `initial`.

    Returns:
        The outputs, (M, B, T, H), and the states after each sequence's last step, (M, B, ..), or,
        with `every_step`, after each of its steps, (M, B, T, ..).
    """
    numbers = torch.arange(inputs.shape[2], device=inputs.device)
    in_reverse = torch.where(numbers < lengths.unsqueeze(-1), lengths.unsqueeze(-1) - 1 - numbers, numbers)  # M, B, T
    steps = Steps(lengths, _count_common(lengths), in_reverse)
    x = _embed(weights, inputs)
    after: list[Tensor] = []
    used = 0
    for depth in range(len(network.hidden_sizes)):
        outputs = []
        for layer in network.layers:
            if layer.depth != depth:
                continue
            size = _count_states(network, layer)
            given = None if initial is None else initial[..., used : used + size]
            used += size
            gates = _apply_input(layer, weights, x)
            if first_gates is not None and depth == 0:
                gates = gates.detach().requires_grad_()
                first_gates.append(gates)
            output, own = run_layer(network.cell, layer, weights, gates, steps, given, every_step)
            outputs.append(output)
            after += own
        x = torch.cat(outputs, dim=-1) if network.bidirectional else outputs[0]
    return x, after


def _count_common(lengths: Tensor) -> int:
    """Steps that all sequences have, as far as that is known: 0 while the computation is only traced."""
    return 0 if lengths.is_meta or torch.compiler.is_compiling() else int(lengths.min())


def _embed(weights: Weights, inputs: Tensor) -> Tensor:
    """Look symbols up in a learned embedding, where there is one."""
    if "embedding.weight" not in weights:
        return inputs
    if inputs.dim() == 4:  # mixtures of symbols
        return inputs @ weights["embedding.weight"].unsqueeze(1)
    return _look_up(weights["embedding.weight"], inputs)


def _look_up(table: Tensor, symbols: Tensor) -> Tensor:
    """Rows of each trial's own table: (M, V, E) and (M, B, T) give (M, B, T, E)."""
    num_trials, size, _ = table.shape
    offset = torch.arange(num_trials, device=table.device).view(-1, 1, 1) * size
    return table.flatten(0, 1)[symbols + offset]


def _apply_input(layer: Layer, weights: Weights, x: Tensor) -> Tensor:
    """The input's part of a layer's gates, (M, B, T, G), bias included, from symbols or features."""
    weight = weights[f"recurrent.weight_ih{layer.suffix}"]
    bias = weights.get(f"recurrent.bias_ih{layer.suffix}")
    if bias is None:
        bias = weight.new_zeros(weight.shape[:2])
    if x.dim() == 3:  # symbols: a one-hot vector times a matrix is one of its columns
        return _look_up(weight.mT, x) + bias[:, None, None]
    return torch.baddbmm(bias.unsqueeze(1), x.flatten(1, 2), weight.mT).view(*x.shape[:3], -1)


def _pick_end(network: Network, outputs: Tensor, lengths: Tensor) -> Tensor:
    """The outputs that an answer at the end is read from, (M, B, H)."""
    index = (lengths - 1).view(*lengths.shape, 1, 1).expand(-1, -1, 1, outputs.shape[-1])
    last = outputs.gather(2, index).squeeze(2)
    if network.readout == "final" and network.bidirectional:
        width = network.hidden_sizes[-1]
        return torch.cat([last[..., :width], outputs[:, :, 0, width:]], dim=-1)
    return last
