"""What lies in folders of runs: read once, kept in a database of the user's, and followed as it changes."""
