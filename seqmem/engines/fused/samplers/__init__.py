"""The built-in tasks' sequences, drawn in compiled code: a file for each task, of the task's own name.

Each draws the same doubles in the same order as its task's `sample` does, and leaves the
generator in the same state.
"""
