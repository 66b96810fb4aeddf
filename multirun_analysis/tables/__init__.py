"""Frames as tables: how figures read, on the screen, in Markdown and in LaTeX."""
