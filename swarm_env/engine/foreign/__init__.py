"""Kernels of files that are not part of this project: the key of their machine code, their bounds checks."""
