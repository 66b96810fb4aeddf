"""Figures of summaries; they draw what they are handed, and aggregate nothing."""
