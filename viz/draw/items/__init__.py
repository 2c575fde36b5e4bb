"""What is drawn on the map, one kind each."""
