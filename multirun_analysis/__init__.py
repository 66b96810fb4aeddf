"""Reads the folders of a sweep and says what they show."""
