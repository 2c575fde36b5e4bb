"""What a shell and its terminal get: help texts, completion, text that fits its width."""
