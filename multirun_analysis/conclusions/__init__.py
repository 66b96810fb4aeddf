"""What a sweep shows: the best settings, which keys make a difference, and how that reads.

A sweep is a designed experiment. `factors` finds what varies and which settings differ in one
thing only; `outcomes` judges them by what their trials came to; `family` corrects all of these
comparisons together; `sentences` says it, the largest first.
"""
