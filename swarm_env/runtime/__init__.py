"""Event loop, interrupts and file locks."""
