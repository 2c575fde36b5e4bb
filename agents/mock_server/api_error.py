"""Errors of the mock server, in OpenAI's format."""

from typing import Any


class Rejection(ValueError):
    """The request is answered by an HTTP error.

    Attributes:
        status: HTTP status, 400 to 599.
        message: For people.
        param: Path of the invalid field, as in "messages[0].role"; None: no single field.
        code: For programs, as in "model_not_found"; None: no code.
    """

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        self.status, self.message, self.param, self.code = status, message, param, code
        super().__init__(status, message, param, code)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the response."""
        kind = _TYPES.get(self.status) or ("server_error" if self.status >= 500 else "invalid_request_error")
        return {
            "error": {"message": self.message, "type": kind, "param": self.param, "code": self.code},
        }


class Abandoned(ConnectionError):
    """The client disconnected before its request was complete or answered."""


_TYPES = {401: "authentication_error", 403: "permission_error", 429: "requests"}
