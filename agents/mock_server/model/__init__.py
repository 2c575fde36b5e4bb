"""What the mock server answers with: the scripted model and the forms of its answers."""
