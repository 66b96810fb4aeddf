"""The figures that five documents printed, beside those of their experiments run again.

`rows.csv` is the table as data: which figure of which setting of which experiment stands beside
which printed one. `python -m multirun_analysis compare DIR ..` fills it in.
"""
