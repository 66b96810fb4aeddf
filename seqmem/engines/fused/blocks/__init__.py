"""The parts of a compiled training step: inputs, recurrences, attention, readouts, losses, optimizers."""
