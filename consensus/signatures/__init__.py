"""Signatures of pictures, texts, tokens and activations; the public names are in swarm_env.consensus.verification."""
