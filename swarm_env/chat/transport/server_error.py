"""Understand the errors that servers report: whose fault, and whether another attempt may help.

Servers agree on few codes, so their texts are read too. A word for a spent quota or a balance is final; a
quota per minute, or one that names a time to wait, is a rate limit (Gemini says "You exceeded your current
quota" for both).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from swarm_env.chat.transport.endpoint import scrub

SHOWN = 300  # characters of an error that are shown

_TRANSIENT = (408, 409, 425, 429)
_FATAL_NAMES = (  # in the code or the type, without regard to case and punctuation
    "insufficientquota",
    "insufficientbalance",
    "insufficientcredits",
    "exceededcurrentquota",
    "billinghardlimit",
    "billingerror",
    "billingnotactive",
    "paymentrequired",
    "accountdeactivated",
    "authenticationerror",
    "invalidauthentication",
    "invalidapikey",
    "incorrectapikey",
    "permissionerror",
    "permissiondenied",
    "unauthorized",
    "unauthenticated",
)
_FATAL_SIGNS = (
    "insufficient balance",
    "insufficient account balance",
    "insufficient credit",
    "insufficient fund",
    "balance is too low",
    "balance is insufficient",
    "balance not enough",
    "out of credit",
    "余额不足",
    "invalid api key",
    "incorrect api key",
    "api key not valid",
    "api key is invalid",
)
_SPENT = re.compile(
    r"exceed\w* (?:your|the) (?:\w+ ){0,2}quota|insufficient quota|"
    r"quota (?:is|has been|was) (?:exhausted|used up|spent)"
)
_PACED = re.compile(
    r"per (?:second|minute|hour|day)|per(?:second|minute|hour|day)|/ ?min|\b[rt]p[mds]\b|rate limit|"
    r"resource exhausted|(?:retry|try again) (?:in|after)"
)
_FILTER_SIGNS = (
    "content_filter",
    "content filter",
    "contentfilter",
    "content_policy",
    "content management policy",
    "content exists risk",
    "moderation",
    "flagged",
    "inappropriate content",
    "inspection_failed",
    "safety system",
    "prohibited_content",
    "new_sensitive",
)
_ACCOUNT_SIGNS = ("account", "organization", "organisation", "billing", "api key", "your project")
_FINAL_SIGNS = (
    "context length",
    "context_length",
    "context window",
    "too many tokens",
    "model_not_found",
    "model not found",
    "no such model",
    "unknown model",
    "does not exist",
    "invalid model",
)
_TEXTS = ("message", "status_msg", "detail", "msg")  # names of an error's text
_SURROGATES = re.compile("[\ud800-\udfff]")


class ServerError(NamedTuple):
    """An error that a server reports.

    Attributes:
        status: HTTP status, or the one in the content.
        detail: Its message, without keys.
        transient: Whether a retry may help.
        filtered: Whether a filter refused the content of the request.
        final: Whether no other form of the request helps either, as without a key.
        field: The field of the request that it names; None if it names none.
    """

    status: int
    detail: str
    transient: bool
    filtered: bool = False
    final: bool = False
    field: str | None = None


def error_of(
    found: Mapping[str, Any], status: int, headers: Mapping[str, str], content: bytes
) -> ServerError | None:
    """The error that a reply reports; None for an answer, and for what is neither.

    Some routers send errors with status 200 and the real status in the content.

    Args:
        found: The JSON object in the reply; {} if it holds none.
        status: HTTP status.
        headers: Of the reply.
        content: The reply.
    """
    error = found.get("error") or _error_of_choice(found)
    succeeded = 200 <= status < 300
    own_form = not error and succeeded  # an error in a form of its own, or no error at all
    if own_form:
        if not found or found.get("choices"):
            return None
        error = found.get("base_resp") or found  # MiniMax
    fields = error if isinstance(error, dict) else {}
    code, kind = (fields.get("code", fields.get("status_code")), fields.get("type"))
    texts = [error, *(place.get(name) for place in (fields, found) for name in _TEXTS)]
    message = next((text for text in texts if isinstance(text, str) and text), shown(content))
    words = f"{code} {kind} {fields.get('status')} {message}".lower()
    fatal = _is_fatal((code, kind, error), words, "retry-after" in headers)
    final = fatal or any(sign in words for sign in _FINAL_SIGNS)
    meant = any(sign in words for sign in _FILTER_SIGNS) and not any(s in words for s in _ACCOUNT_SIGNS)
    if own_form and not (fatal or meant):
        return None
    if succeeded:
        status = _stated_status(code) or (401 if fatal else 400 if final or meant else 502)
    filtered = status in (400, 403, 422) and bool(error) and meant  # a firewall's page is no such filter
    transient = (status in _TRANSIENT or status >= 500) and not fatal
    final = final or status in (401, 402, 403)
    detail = scrub(encodable(f"HTTP {status}: {message}")[:SHOWN])
    field = fields.get("param")
    return ServerError(status, detail, transient, filtered, final, field if isinstance(field, str) else None)


def _is_fatal(names: tuple[Any, ...], words: str, has_wait: bool) -> bool:
    """Whether no waiting helps: the account has no money, or the key is wrong."""
    plain_names = [re.sub(r"[\W_]", "", name).lower() for name in names if isinstance(name, str)]
    if any(fatal in name for name in plain_names for fatal in _FATAL_NAMES):
        return True
    plain = re.sub(r"[\s_-]+", " ", words)
    if any(sign in plain for sign in _FATAL_SIGNS):
        return True
    return bool(_SPENT.search(plain)) and not has_wait and not _PACED.search(plain)


def _stated_status(code: Any) -> int | None:
    """The HTTP status that an error with status 200 names; None if it names none."""
    number = int(code) if isinstance(code, str) and re.fullmatch("[45][0-9]{2}", code) else code
    return number if isinstance(number, int) and 400 <= number < 600 else None


def _error_of_choice(found: Mapping[str, Any]) -> Any:
    """The error that a router reports in place of the first choice; None if there is none."""
    choices = found.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first.get("error") if isinstance(first, dict) else None


def shown(content: bytes) -> str:
    """The beginning of a reply, without keys."""
    return repr(scrub(content[: 4 * SHOWN].decode(errors="replace"))[:SHOWN])


def encodable(text: str) -> str:
    """A text with its lone surrogates, which JSON may hold and no file takes, replaced."""
    return _SURROGATES.sub("\ufffd", text)
