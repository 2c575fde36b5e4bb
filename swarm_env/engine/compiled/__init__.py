"""Machine code of kernels: where it is kept, what it depends on, and bounds checks."""
