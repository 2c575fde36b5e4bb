"""Requests to language models: one client and limiter per endpoint, a ledger of calls, budgets, prices."""

from swarm_env.chat.ledger.budget import Budget, price
from swarm_env.chat.ledger.cache import AnswerCache
from swarm_env.chat.ledger.store import LEDGER_FILE, Ledger
from swarm_env.chat.ledger.summary import AskerSummary, LedgerSummary, Totals, read_ledger
from swarm_env.chat.request import (
    REASONS,
    CallKey,
    ChatAnswer,
    ChatRequest,
    Limits,
    Outcome,
    Price,
    Unusable,
    Usage,
)
from swarm_env.chat.session import Chat
from swarm_env.chat.transport.endpoint import Endpoint, scrub, serve_inside, where
from swarm_env.chat.transport.keys import Keys

__all__ = [
    "LEDGER_FILE",
    "REASONS",
    "AnswerCache",
    "AskerSummary",
    "Budget",
    "CallKey",
    "Chat",
    "ChatAnswer",
    "ChatRequest",
    "Endpoint",
    "Keys",
    "Ledger",
    "LedgerSummary",
    "Limits",
    "Outcome",
    "Price",
    "Totals",
    "Unusable",
    "Usage",
    "price",
    "read_ledger",
    "scrub",
    "serve_inside",
    "where",
]
