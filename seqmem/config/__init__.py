"""From the command line to checked jobs: the only package, but for the launcher, that knows Hydra."""
