"""What a cell's class must say of itself, checked when a network is made of it."""

from __future__ import annotations

import numpy as np

from seqmem.cells.cell import Cell


def check_cell(cell: Cell, input_size: int, hidden_size: int, max_length: int) -> None:
    """Raise ValueError, in one line that names class and method, if a cell contradicts itself in a layer."""
    name = type(cell).__name__
    shapes = cell.state_shapes(hidden_size)
    if tuple(shapes) != cell.states:
        raise ValueError(f"{name}.state_shapes must name {', '.join(cell.states)}, got {', '.join(shapes)}")
    output = output_of(cell)
    if output not in shapes:
        raise ValueError(f"{name}.output must be one of its states, {', '.join(cell.states)}, got {output}")
    if shapes[output] != (hidden_size,):
        raise ValueError(f"{name}.state_shapes must give {output}, the output, the shape (hidden_size,)")
    initial = cell.initial_states()
    if unknown := set(initial) - set(shapes):
        raise ValueError(f"{name}.initial_states must name states, {', '.join(shapes)}, got {', '.join(unknown)}")
    if not all(np.isfinite(np.float32(value)) for value in initial.values()):
        raise ValueError(f"{name}.initial_states must be finite numbers of 32 bits, got {initial}")
    parameters = cell.parameters(input_size, hidden_size)
    if "weight_ih" not in parameters:
        raise ValueError(f"{name}.parameters must have weight_ih, got {', '.join(parameters)}")
    for constant, value in cell.constants(input_size, hidden_size).items():
        if constant in parameters:
            raise ValueError(f"{name}.constants must have names of their own, {constant} is a parameter")
        if np.ndim(value) not in (1, 2) or not np.isfinite(value).all():
            raise ValueError(f"{name}.constants must be vectors or matrices of finite numbers, {constant} is not")
    drawn = cell.draw_parameters(np.random.default_rng(0), input_size, hidden_size, max_length)
    for parameter, value in drawn.items():
        if np.shape(value) != parameters.get(parameter):
            expected = parameters.get(parameter, "none of that name")
            raise ValueError(
                f"{name}.draw_parameters must give {parameter} as in parameters, {expected}, got {np.shape(value)}"
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{name}.draw_parameters must give finite numbers, {parameter} has others")


def output_of(cell: Cell) -> str:
    """The state that is a cell's output."""
    return cell.output or cell.states[0]
