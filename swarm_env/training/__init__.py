"""What learners use beside the environments: prompts as observations, features for memoryless networks."""
