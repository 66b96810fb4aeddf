"""One setting of a sweep in plain values: its network, initial weights, loss, optimizer, data and random streams."""
