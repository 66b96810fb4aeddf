"""What training makes small, and when an answer is wrong: a compiled function for each output and loss.

See `seqmem.tasks.answers` and `seqmem.job.losses` for what they mean.
"""
