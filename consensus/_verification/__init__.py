"""Who verifies work, who is believed, what a cheat costs; the public names are in consensus.verification."""
