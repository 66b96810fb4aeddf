"""Trains the same grids with seqmem and with what people use instead, side by side; see README.md."""
