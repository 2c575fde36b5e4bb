"""Event loop, interrupts, file locks, and files that are complete or absent."""
