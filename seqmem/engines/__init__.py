"""What trains a stack: torch, which runs anything, and compiled kernels."""
