"""A sweep's folder as tidy frames: settings, trials, curves, samples, traces."""
