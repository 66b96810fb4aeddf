"""Where sequences come from: a file for each built-in task, of the task's own name, which draws them in compiled code.

Each draws the same doubles in the same order as its task's `sample` does, and leaves the
generator in the same state. `ahead` is for tasks that have no such file, `stored` for sequences
that are there already.
"""
