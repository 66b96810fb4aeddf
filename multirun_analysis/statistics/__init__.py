"""Statistics over the trials of a setting; numbers in, numbers out."""
