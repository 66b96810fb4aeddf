"""Sweeps that other processes train, share by share: on this machine or through Slurm."""
