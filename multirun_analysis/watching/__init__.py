"""A sweep while it runs: how far it has come, in the terminal."""
