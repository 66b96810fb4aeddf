"""Runs a job that has been run before again, and says whether its files are the same."""
