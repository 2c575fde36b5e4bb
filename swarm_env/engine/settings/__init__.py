"""Settings that are more than a number: maps that episodes start from, and functions of the user's."""
