"""Programs: `Authorization: Bearer <token>`, for the sockets and for the API alike."""

from collections.abc import Iterable


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of a request's Authorization header; None where it has none (or one of another kind)."""
    for name, value in headers:
        if name == b"authorization":
            kind, _, token = value.decode("latin1").partition(" ")
            if kind.lower() == "bearer":
                return token.strip()
    return None
