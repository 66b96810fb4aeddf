"""Golden files: the numbers of a handful of tiny runs, so that a change in anyone's numbers is noticed."""
