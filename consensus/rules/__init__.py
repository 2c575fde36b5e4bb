"""Small rules, one file each."""
