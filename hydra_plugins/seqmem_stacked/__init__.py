"""Hydra's launcher `stacked`: all jobs of a sweep in one process, side by side."""
