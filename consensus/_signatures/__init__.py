"""Signatures of pictures, texts, tokens and activations; the public names are in consensus.verification."""
