"""Messages between agents: sent after the moves of a round, heard in the next observation or later."""
