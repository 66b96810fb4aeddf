"""The reference engine: torch with a leading trial axis; what all else is held against."""
