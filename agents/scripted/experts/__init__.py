"""One scripted expert per scenario."""
