"""Functions for `Cell.step` that are no methods of a tensor: for tensors of torch and for a trace alike."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from torch import Tensor


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x)."""
    torch, own = _library(x), cast(Any, x)
    return torch.logaddexp(x, x.new_zeros(())) if torch else own.softplus()


def where(condition: Tensor, x: Tensor | float, y: Tensor | float) -> Tensor:
    """X where a comparison holds, else y."""
    torch, own = _library(condition), cast(Any, condition)
    return torch.where(condition, x, y) if torch else own.choose(x, y)


def positive(x: Tensor) -> Tensor:
    """X + 1/2 for x >= 0, else sigmoid(x): continuous, and never below 0."""
    return where(x < 0, x.sigmoid(), x + 0.5)


def concatenate(parts: Sequence[Tensor], dim: int = -1) -> Tensor:
    """Tensors one behind the other along an axis of units."""
    torch, first = _library(parts[0]), cast(Any, parts[0])
    return torch.cat(list(parts), dim) if torch else first.concatenate(parts[1:], dim)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Units, (M, B, H), as those of heads side by side, (M, B, heads, H / heads)."""
    split: Tensor = cast(Any, x).unflatten(-1, (heads, x.shape[-1] // heads))
    return split


def matrix_exponential(x: Tensor) -> Tensor:
    """e^x of a square matrix of weights, in `Cell.prepare`."""
    torch, own = _library(x), cast(Any, x)
    return torch.linalg.matrix_exp(x) if torch else own.matrix_exponential()


def _library(x: Any) -> Any:
    """Torch, if this is a tensor of it; whoever has one has imported it."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(x, torch.Tensor) else None
