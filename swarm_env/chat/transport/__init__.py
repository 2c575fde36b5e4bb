"""One model call on its way: client, limits, attempts, replies."""
