"""Training beside the environments: prompts as observations, features for memoryless networks."""
