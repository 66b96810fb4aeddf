"""Vectors of the processor: their type, elementary functions, tiles, products and look-ups."""
