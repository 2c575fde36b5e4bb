"""Push physics."""
