"""Asking language models: one client and one limiter per endpoint, a ledger of every call, budgets, prices."""
