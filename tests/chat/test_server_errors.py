"""What servers report as errors: whose fault they are, and whether they are asked again."""

import pytest

from swarm_env.chat import LEDGER_FILE, Chat, Ledger
from swarm_env.errors import EndpointFailure
from tests.chat.asking import SCHEMA, ask, memory_chat, question, read_move, rows
from tests.chat.server import Reply, error, ok

GOOD = ok('{"move": "UP"}')


@pytest.mark.parametrize(
    "failure",
    [
        error(401),
        error(402),
        error(403),
        error(429, code="insufficient_quota"),
        Reply(b'{"error": {"message": "no", "type": "insufficient_quota", "code": null}}', 429),
        error(404, "The model `m` does not exist"),
        error(400, "The model `m` does not exist"),
        error(400, "maximum context length is 10 tokens"),
        error(403, "Your account has been flagged; contact support"),
        Reply(b"<html>403, see our moderation policy</html>", 403),
        Reply(b'{"error": {"message": "bad key", "code": "401"}}'),
        error(429, "You exceeded your current quota, please check your plan and billing details."),
        error(429, "You exceeded your current token quota: <x>, please check your account balance"),
        error(429, "Your monthly quota has been exhausted."),
        error(429, "Insufficient balance or no resource package. Please recharge."),
        error(500, "insufficient_balance"),
        Reply(b'{"error": {"message": "no", "type": "authentication_error"}}'),
        Reply(b'{"error": {"message": "no", "code": "invalid_api_key"}}'),
        Reply(b'{"error": {"message": "Incorrect API key provided"}}'),
        Reply(b'{"error": "Unauthorized"}'),
        Reply(b'{"error": {"message": "The model `m` does not exist"}}'),
        Reply(b'{"code": "InvalidApiKey", "message": "no"}'),
        Reply(b'{"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}'),
    ],
)
def test_a_failure_of_the_account_stops_and_is_asked_anew(server, tmp_path, failure):
    server.answer = lambda request: failure
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), on_failure="stop")
    with pytest.raises(EndpointFailure):
        ask(chat, server, request=question(schema=SCHEMA))
    assert len(server.requests) == 1  # also with a schema: no form is tried that cannot help
    assert chat.totals().failed == {}
    server.answer = lambda request: GOOD
    assert ask(chat, server, read=read_move, request=question(schema=SCHEMA)).value == "UP"


RATE_LIMITS = [
    error(429, "Rate limit reached for m in organization x: quota of 3 requests per minute"),
    error(429, "You exceeded your current quota of tokens per minute"),
    error(429, "You exceeded your current quota. Please retry in 0.5s."),
    error(429, "You exceeded your current quota", **{"Retry-After": "0.1"}),
    error(429, "Quota exceeded for requests_per_base_model"),
    Reply(
        b'[{"error": {"code": 429, "message": "You exceeded your current quota", '
        b'"status": "RESOURCE_EXHAUSTED"}}]',
        429,
    ),
    error(429, "Requests have exceeded the call rate limit of your current pricing tier"),
    Reply(b'{"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}'),
    Reply(b"<html>the moderation of flagged pages</html>"),
]


@pytest.mark.parametrize("failure", RATE_LIMITS)
def test_a_rate_limit_is_no_failure_of_the_account(server, failure):
    server.answer = lambda request: failure if request.number == 0 else GOOD
    chat = memory_chat(on_failure="stop")
    assert ask(chat, server, read=read_move).value == "UP"
    assert [status for _, status, _ in rows(chat.ledger)] == ["http", "ok"]


@pytest.mark.parametrize(
    "failure",
    [
        error(400, "The response was filtered", "content_filter"),
        error(400, "Input data may contain inappropriate content.", "data_inspection_failed"),
        error(400, "Content Exists Risk"),
        error(400, "Your request was rejected by our safety system."),
        error(403, "Your input was flagged", "moderation"),
    ],
)
def test_a_content_filter_is_a_refusal(server, failure):
    server.answer = lambda request: failure
    outcome = ask(memory_chat(on_failure="stop"), server, request=question(schema=SCHEMA))
    assert (outcome.reason, outcome.attempts) == ("refused", 1)
