"""The pictures of the page, one file a figure; they import matplotlib, which the tables do without."""
