"""The window: a loop in the main thread that shows a game which is played in another, or recorded ones."""
