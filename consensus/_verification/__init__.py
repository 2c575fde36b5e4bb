"""Who verifies work, who is believed, and what a cheat costs; the public names are in consensus.verification."""
