"""What torch finds of a device."""

from __future__ import annotations

import torch


def check_cuda() -> None:
    """Check that there is a CUDA device.

    Raises:
        ValueError: if there is none.
    """
    if not torch.cuda.is_available():
        raise ValueError("device=cuda needs a CUDA device, and torch finds none here; choose auto or cpu")


def vector_width(device: str) -> str:
    """What the CPU's vectors are called, or the GPU itself."""
    return str(torch.cuda.get_device_name() if device == "cuda" else torch.backends.cpu.get_cpu_capability())


def free_cuda_memory() -> float:
    """Bytes that are free on the GPU, with those that torch keeps of stacks that have ended."""
    kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return float(torch.cuda.mem_get_info()[0] + kept)
