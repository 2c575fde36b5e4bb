"""Items drawn on the map, one kind per file."""
