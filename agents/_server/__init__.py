"""A local OpenAI-compatible server with a scripted mind, for tests, rehearsals and teaching."""
