"""Every model call on disk: ledger, cache, prices, budgets."""
