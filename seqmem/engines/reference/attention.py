"""Attention over the steps of a stack's sequences; see `seqmem.job.attention` for the equations."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from seqmem.job.attention import Attention

SMALLEST = 1e-8  # norm that a query is divided by, as in torch's cosine_similarity


def attend(
    attention: Attention, query: Tensor, outputs: Tensor, symbols: Tensor, lengths: Tensor, num_symbols: int
) -> Tensor:
    """What the readout reads; of `cosine_steps` at every step, (M, B, T, I).

    Args:
        attention: Its name.
        query: (M, B, H); of `cosine_steps` the outputs.
        outputs: (M, B, T, H), of the top layer.
        symbols: (M, B, T), or (M, B, T, I) one-hot; read by `cosine` alone.
        lengths: (M, B).
        num_symbols: Size of the alphabet.
    """
    valid = torch.arange(outputs.shape[2], device=outputs.device) < lengths.unsqueeze(-1)  # M, B, T
    if attention == "dot":
        scores = (outputs @ query.unsqueeze(-1)).squeeze(-1)
        weights = torch.where(valid, scores, -torch.inf).softmax(-1)
        return torch.cat([query, _sum_steps(weights, outputs)], dim=-1)
    one_hot = symbols if symbols.dim() == 4 else F.one_hot(symbols, num_symbols).to(query.dtype)
    direction = query / query.norm(dim=-1, keepdim=True).clamp(min=SMALLEST)
    if attention == "cosine_steps":
        cosines = (one_hot * direction).sum(-1)
    else:
        cosines = (one_hot @ direction.unsqueeze(-1)).squeeze(-1)
    weights = torch.where(valid, cosines.sigmoid(), 0)
    weights = weights / weights.sum(-1, keepdim=True)
    return weights.unsqueeze(-1) * one_hot if attention == "cosine_steps" else _sum_steps(weights, one_hot)


def _sum_steps(weights: Tensor, values: Tensor) -> Tensor:
    """(M, B, T) and (M, B, T, I) give (M, B, I)."""
    return (weights.unsqueeze(-2) @ values).squeeze(-2)
