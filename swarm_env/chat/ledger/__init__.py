"""Every model call on disk: ledger, answer cache, prices and budgets."""
