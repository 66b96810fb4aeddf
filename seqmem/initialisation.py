"""How initial weights are drawn: named rules, in numpy, so that every engine starts alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from seqmem.cells.cell import Cell

Rule = str | Mapping[str, Any]

NUMBERED = ("normal", "uniform", "constant")
MATRIX_RULES = ("default", "zero", *NUMBERED)
RECURRENT_RULES = (*MATRIX_RULES, "identity", "orthogonal")
BIAS_RULES = (*MATRIX_RULES, "chrono")
CHOICES = {"input": MATRIX_RULES, "recurrent": RECURRENT_RULES, "readout": MATRIX_RULES}


@dataclass(frozen=True)
class Initialisation:
    """A rule for each kind of weight: a name, or a name with its number as {name: number}.

    `default` is torch's U(-1/sqrt H, 1/sqrt H); `zero`; `{normal: std}`; `{uniform: a}` for
    U[-a, a) and `{uniform: [a, b]}` for U[a, b); `{constant: value}`.

    Args:
        input: Rule for the input weights of every layer.
        recurrent: Rule for the recurrent weights; also `identity` and `orthogonal`, by gate.
        bias: Rule for the biases; also gate biases such as `{forget: 5, input: -6}` (all
            others 0), and `chrono` or `{chrono: T}` (Tallec & Ollivier, arXiv 1804.11188,
            2018): the keep gate's bias is log U(1, T - 1), the write gate's its negative, all
            others 0; T is the task's longest sequence unless given. Gate biases stand in
            `bias_ih`, and `bias_hh` is 0.
        readout: Rule for the readout's weight and bias.
    """

    input: Rule = "default"
    recurrent: Rule = "default"
    bias: Rule = "default"
    readout: Rule = "default"

    def check(self, cell: Cell) -> None:
        """Raise ValueError if a rule is unknown, or does not fit the cell."""
        for key, choices in CHOICES.items():
            _parse(f"init.{key}", getattr(self, key), choices)
        if _is_gate_biases(self.bias, cell):
            _check_gate_biases(self.bias, cell)
            return
        name, _ = _parse("init.bias", self.bias, (*BIAS_RULES, *(f"{{{gate}: value}}" for gate in cell.gates)))
        if name == "chrono" and cell.keep_gate is None:
            raise ValueError(f"init.bias=chrono needs a cell with a gate that keeps, {type(cell).__name__} has none")

    def draw_matrix(
        self, rng: np.random.Generator, key: str, shape: tuple[int, ...], hidden_size: int
    ) -> NDArray[np.float32]:
        """Draw an `input`, `recurrent` or `readout` weight of a layer that is `hidden_size` wide."""
        name, value = _parse(f"init.{key}", getattr(self, key), CHOICES[key])
        if name == "identity":
            blocks = [np.eye(hidden_size)] * (shape[0] // hidden_size)
            return np.concatenate(blocks).astype(np.float32)
        if name == "orthogonal":
            blocks = [_orthogonal(rng, hidden_size) for _ in range(shape[0] // hidden_size)]
            return np.concatenate(blocks).astype(np.float32)
        return _draw(rng, name, value, shape, hidden_size)

    def draw_biases(
        self, rng: np.random.Generator, cell: Cell, hidden_size: int, max_length: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw a layer's bias_ih and bias_hh, each (G,)."""
        shape = (len(cell.gates) * hidden_size,)
        if _is_gate_biases(self.bias, cell):
            return _gate_biases(cell, hidden_size, self.bias), np.zeros(shape, np.float32)
        name, value = _parse("init.bias", self.bias, BIAS_RULES)
        if name == "chrono":
            longest = max_length if value is None else value
            keep = np.log(rng.uniform(1, max(longest - 1, 1), hidden_size))
            values = {cell.keep_gate: keep} | ({cell.write_gate: -keep} if cell.write_gate else {})
            return _gate_biases(cell, hidden_size, values), np.zeros(shape, np.float32)
        return _draw(rng, name, value, shape, hidden_size), _draw(rng, name, value, shape, hidden_size)


def _is_gate_biases(rule: Rule, cell: Cell) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(rule, Mapping) and bool(rule) and (len(rule) > 1 or set(rule) <= set(cell.gates))


def _check_gate_biases(biases: Mapping[str, Any], cell: Cell) -> None:
    for gate, value in biases.items():
        if gate not in cell.gates:
            raise ValueError(f"init.bias must name gates of {type(cell).__name__}, {', '.join(cell.gates)}, got {gate}")
        if not _is_number(value):
            raise ValueError(f"init.bias={{{gate}: ..}} needs a number, got {value}")


def _gate_biases(cell: Cell, hidden_size: int, values: Mapping[Any, Any]) -> NDArray[np.float32]:
    biases = np.zeros((len(cell.gates), hidden_size), np.float32)
    for gate, value in values.items():
        biases[cell.gates.index(gate)] = value
    return biases.ravel()


def _parse(key: str, rule: Rule, choices: Sequence[str]) -> tuple[str, Any]:
    """Split a rule into its name and its number, and check both."""
    if isinstance(rule, str):
        name, value = rule, None
    elif isinstance(rule, Mapping) and len(rule) == 1:
        ((name, value),) = rule.items()
    else:
        raise ValueError(f"{key} must be one rule, a name or {{name: number}}, got {rule}")
    if name not in choices:
        raise ValueError(f"{key} must be one of {', '.join(choices)}, got {name}")
    if name in NUMBERED and value is None:
        raise ValueError(f"{key}={name} needs a number: {key}={{{name}: 0.1}}")
    if value is not None:
        _check_value(key, name, value)
    return name, value


def _check_value(key: str, name: str, value: Any) -> None:
    if name not in (*NUMBERED, "chrono"):
        raise ValueError(f"{key}={name} takes no number, got {value}")
    is_range = name == "uniform" and isinstance(value, Sequence) and len(value) == 2
    numbers = value if is_range else [value]
    if not all(_is_number(number) for number in numbers):
        raise ValueError(f"{key}={{{name}: ..}} needs a number, got {value}")
    if is_range and value[0] > value[1]:
        raise ValueError(f"{key}={{uniform: [a, b]}} needs a below b, got {value}")
    if name in ("normal", "uniform") and not is_range and value < 0:
        raise ValueError(f"{key}={{{name}: ..}} must not be negative, got {value}")
    if name == "chrono" and value < 2:
        raise ValueError(f"{key}={{chrono: ..}} must be at least 2, got {value}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _draw(
    rng: np.random.Generator, name: str, value: Any, shape: tuple[int, ...], hidden_size: int
) -> NDArray[np.float32]:
    if name == "zero":
        return np.zeros(shape, np.float32)
    if name == "constant":
        return np.full(shape, value, np.float32)
    if name == "normal":
        return rng.normal(0, value, shape).astype(np.float32)
    bound = 1 / np.sqrt(hidden_size) if name == "default" else value
    low, high = bound if isinstance(bound, Sequence) else (-bound, bound)
    return rng.uniform(low, high, shape).astype(np.float32)


def _orthogonal(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """A rotation uniform over all, by the QR decomposition of a normal matrix."""
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    return np.asarray(q * np.sign(np.diag(r)))
