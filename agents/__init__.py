"""Who decides: one file per kind of agent."""
