"""Statistics over the trials of a point; numbers in, numbers out."""
