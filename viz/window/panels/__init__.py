"""What surrounds the map in the window."""
