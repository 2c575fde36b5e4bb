"""Language models on this machine: their weights, and the process that serves them."""
