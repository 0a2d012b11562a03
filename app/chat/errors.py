"""What can be answered instead of what was asked for: the error codes of docs/protocol.md."""

from typing import ClassVar

from django.core.exceptions import ValidationError


class ChatError(Exception):
    """A request was not carried out. `code` is for programs, `message` for people, `retry_after` in seconds."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class BadFrame(ChatError):
    code, status = "bad_frame", 400


class UnknownType(ChatError):
    code, status = "unknown_type", 400


class TooLong(ChatError):
    code, status = "too_long", 400


class TooBig(ChatError):
    code, status = "too_big", 413

    def __init__(self, message: str = "This is over the size that is taken here.") -> None:
        super().__init__(message)


class NotFound(ChatError):
    """Also for what this user may not know exists."""

    code, status = "not_found", 404

    def __init__(self, message: str = "There is no such room, or you are not in it.") -> None:
        super().__init__(message)


class Forbidden(ChatError):
    code, status = "forbidden", 403


class NotSignedIn(Forbidden):
    """Or no longer. A socket is closed with 4401 instead, a request answered with it."""

    code, status = "not_signed_in", 401

    def __init__(self) -> None:
        super().__init__("Sign in, or send a token that is good: Authorization: Bearer <token>.")


class RateLimited(ChatError):
    code, status = "rate_limited", 429


class TooMany(ChatError):
    code, status = "too_many", 429


class TooManySockets(TooMany):
    """Of one user. A socket is closed with 4409 instead."""


class RoomsFull(TooMany):
    """Somebody can be in no more rooms: the one whom others wanted there, by `name`; None is who asks."""

    def __init__(self, message: str, *, name: str | None) -> None:
        super().__init__(message)
        self.name = name


class Conflict(ChatError):
    code, status = "conflict", 409


class Deactivated(Conflict):
    """Who is to be given something has left this place."""


class Unavailable(ChatError):
    code, status = "unavailable", 503

    def __init__(self) -> None:
        super().__init__("This cannot be done at the moment. Try again shortly.", retry_after=2)


def described(error: ValidationError) -> str:
    """A ValidationError as one sentence for a program."""
    if hasattr(error, "message_dict"):
        return " ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
    return " ".join(error.messages)
