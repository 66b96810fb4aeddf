"""The schedule over a stack: steps, evaluations, the stopping rule, and what becomes of each trial."""
