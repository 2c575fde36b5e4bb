"""Signatures of pictures, texts, tokens and activations; public names: `swarm_env.consensus.verification`."""
