"""The rules again, slow and obvious: what the compiled simulator is compared with. It imports none of it."""
