"""How initial weights are drawn: named rules, in numpy, so that every engine starts alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from seqmem.arguments import checked
from seqmem.cells.cell import Cell

Rule = str | Mapping[str, Any]
Rules = Rule | Sequence[Rule]  # one for all layers, or one a layer

LARGEST = 1e30  # of a rule's number: what is drawn by it must fit a float32
NUMBERED = ("normal", "uniform", "constant")
MATRIX_RULES = ("default", "zero", *NUMBERED)
RECURRENT_RULES = (*MATRIX_RULES, "identity", "orthogonal")
BIAS_RULES = (*MATRIX_RULES, "chrono")
CHOICES = {"input": MATRIX_RULES, "recurrent": RECURRENT_RULES, "readout": MATRIX_RULES}


@checked
@dataclass(frozen=True)
class Initialisation:
    """A rule for each kind of weight: a name, or a name with its number as {name: number}.

    `default` is the cell's own rule (`Cell.draw_parameters`), or else torch's
    U(-1/sqrt H, 1/sqrt H); `zero`; `{normal: std}`; `{uniform: a}` for U[-a, a) and
    `{uniform: [a, b]}` for U[a, b); `{constant: value}`. All but the readout's may be a list with
    one rule a layer, bottom to top; both directions of a layer have the same.

    Args:
        input: Rule for the input weights of every layer.
        recurrent: Rule for the recurrent weights; also `identity` and `orthogonal`, by gate.
        bias: Rule for the biases; also gate biases such as `{forget: 5, input: -6}` (all
            others 0), and `chrono` or `{chrono: T}` (Tallec & Ollivier, arXiv 1804.11188,
            2018): the keep gate's bias is log U(1, T - 1), the write gate's its negative, all
            others 0; T is the task's longest sequence unless given. Gate biases stand in
            `bias_ih`, and `bias_hh` is 0.
        bias_ih: Rule for the input's biases alone, as for `bias`, instead of it; None for what
            `bias` says.
        bias_hh: The same for the recurrent biases.
        readout: Rule for the readout's weight and bias.
    """

    input: Rules = "default"
    recurrent: Rules = "default"
    bias: Rules = "default"
    bias_ih: Rules | None = None
    bias_hh: Rules | None = None
    readout: Rule = "default"

    def check(self, cell: Cell, num_layers: int) -> None:
        """Raise ValueError if a rule is unknown, or does not fit the cell or the number of layers."""
        for key, choices in CHOICES.items():
            rules = [self.readout] if key == "readout" else _list_rules(key, getattr(self, key), num_layers)
            for rule in rules:
                _parse(f"init.{key}", rule, choices)
        if self.recurrent != "default" and "weight_hh" not in cell.parameters(1, 1):
            raise ValueError(f"init.recurrent must be default, as {type(cell).__name__} has no weight_hh")
        for key in ("bias", "bias_ih", "bias_hh"):
            if key != "bias" and getattr(self, key) is None:
                continue
            if key == "bias_hh" and key not in cell.parameters(1, 1):
                raise ValueError(f"init.bias_hh must be null, as {type(cell).__name__} has no bias_hh")
            for rule in _list_rules(key, getattr(self, key), num_layers):
                _check_bias(f"init.{key}", rule, cell)

    def is_default(self, name: str, depth: int) -> bool:
        """Whether the rule for a parameter of the layer at `depth` is left to the cell."""
        key = {"weight_ih": "input", "weight_hh": "recurrent"}.get(name, name)
        if key in ("bias_ih", "bias_hh") and getattr(self, key) is None:
            key = "bias"
        return _pick_rule(getattr(self, key, "default"), depth) == "default"

    def draw_matrix(
        self, rng: np.random.Generator, key: str, shape: tuple[int, ...], hidden_size: int, depth: int = 0
    ) -> NDArray[np.float32]:
        """Draw an `input`, `recurrent` or `readout` weight of the layer at `depth`, `hidden_size` wide."""
        name, value = _parse(f"init.{key}", _pick_rule(getattr(self, key), depth), CHOICES[key])
        if name == "identity":
            blocks = [np.eye(hidden_size)] * (shape[0] // hidden_size)
            return np.concatenate(blocks).astype(np.float32)
        if name == "orthogonal":
            blocks = [_orthogonal(rng, hidden_size) for _ in range(shape[0] // hidden_size)]
            return np.concatenate(blocks).astype(np.float32)
        return _draw(rng, name, value, shape, hidden_size)

    def draw_bias(
        self,
        rng: np.random.Generator,
        key: str,
        cell: Cell,
        size: int,
        hidden_size: int,
        max_length: int,
        depth: int = 0,
    ) -> NDArray[np.float32]:
        """Draw the `bias_ih` or `bias_hh`, (size,), of the layer at `depth`."""
        own = getattr(self, key)
        rule = _pick_rule(self.bias if own is None else own, depth)
        empty = own is None and key == "bias_hh"  # where `bias` sets gates, it does so in bias_ih
        if _is_gate_biases(rule, cell):
            return _gate_biases(cell, size, hidden_size, {} if empty else rule)
        name, value = _parse(f"init.{key}", rule, BIAS_RULES)
        if name == "chrono" and empty:
            return np.zeros(size, np.float32)
        if name == "chrono":
            longest = max_length if value is None else value
            keep = np.log(rng.uniform(1, max(longest - 1, 1), hidden_size))
            values = {cell.keep_gate: keep} | ({cell.write_gate: -keep} if cell.write_gate else {})
            return _gate_biases(cell, size, hidden_size, values)
        return _draw(rng, name, value, (size,), hidden_size)


def _list_rules(key: str, rules: Rules, num_layers: int) -> list[Rule]:
    """The rule of each layer."""
    if isinstance(rules, Sequence) and not isinstance(rules, str) and len(rules) != num_layers:
        raise ValueError(f"init.{key} must be one rule or a list of {num_layers}, one a layer, got {len(rules)}")
    return [_pick_rule(rules, depth) for depth in range(num_layers)]


def _pick_rule(rules: Rules, depth: int) -> Rule:
    if isinstance(rules, Sequence) and not isinstance(rules, str):
        return rules[depth]
    return rules


def _check_bias(key: str, rule: Rule, cell: Cell) -> None:
    if _is_gate_biases(rule, cell):
        _check_gate_biases(key, rule, cell)
        return
    name, _ = _parse(key, rule, (*BIAS_RULES, *(f"{{{gate}: value}}" for gate in cell.gates)))
    if name == "chrono" and cell.keep_gate is None:
        raise ValueError(f"{key}=chrono needs a cell with a gate that keeps, {type(cell).__name__} has none")


def _is_gate_biases(rule: Rule, cell: Cell) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(rule, Mapping) and bool(rule) and (len(rule) > 1 or set(rule) <= set(cell.gates))


def _check_gate_biases(key: str, biases: Mapping[str, Any], cell: Cell) -> None:
    for gate, value in biases.items():
        if gate not in cell.gates:
            raise ValueError(f"{key} must name gates of {type(cell).__name__}, {', '.join(cell.gates)}, got {gate}")
        if not _is_number(value):
            raise ValueError(f"{key}={{{gate}: ..}} needs a number, got {value}")
        _check_size(f"{key}={{{gate}: ..}}", value)


def _gate_biases(cell: Cell, size: int, hidden_size: int, values: Mapping[Any, Any]) -> NDArray[np.float32]:
    """Biases by gate, (size,); a cell whose step repeats its gates has them in each repetition, rows beyond have 0."""
    rows = len(cell.gates) * hidden_size
    biases = np.zeros(size, np.float32)
    repeated = biases[: size // rows * rows].reshape(-1, len(cell.gates), hidden_size)
    for gate, value in values.items():
        repeated[:, cell.gates.index(gate)] = value
    return biases


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
    for number in numbers:
        _check_size(f"{key}={{{name}: ..}}", number)
    if is_range and value[0] > value[1]:
        raise ValueError(f"{key}={{uniform: [a, b]}} needs a below b, got {value}")
    if name in ("normal", "uniform") and not is_range and value < 0:
        raise ValueError(f"{key}={{{name}: ..}} must not be negative, got {value}")
    if name == "chrono" and value < 2:
        raise ValueError(f"{key}={{chrono: ..}} must be at least 2, got {value}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def _check_size(key: str, value: float) -> None:
    if abs(value) > LARGEST:
        raise ValueError(f"{key} must be at most {LARGEST:g}, got {value:g}")


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
