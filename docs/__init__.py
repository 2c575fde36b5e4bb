"""Makes what follows from the code: `python -m docs.generate`. Never shipped."""
