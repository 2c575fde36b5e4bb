"""Who votes on a question: simulated voters and language models."""
