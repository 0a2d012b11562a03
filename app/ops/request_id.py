"""The id that nginx gives each request, on every line that is logged while it is served."""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

request_id: ContextVar[str] = ContextVar("request_id", default="")

ACCEPTABLE = re.compile(r"[A-Za-z0-9-]{1,64}")


def given_or_new(value: str) -> str:
    """nginx's id where there is one that can be logged as it is, else one of our own."""
    return value if ACCEPTABLE.fullmatch(value) else uuid4().hex


class RequestIdMiddleware:
    """For HTTP; the answer carries the id, so that a person can quote it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        current = given_or_new(request.headers.get("X-Request-ID", ""))
        request.request_id = current  # type: ignore[attr-defined]
        reset = request_id.set(current)
        try:
            response = self._get_response(request)
        finally:
            request_id.reset(reset)
        response.headers["X-Request-ID"] = current
        return response


class SocketRequestId:
    """For sockets: the handshake's id, for as long as the socket lives."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id.set(given_or_new(given.decode("latin1")))
        return self._application(scope, receive, send)


class RequestIdFilter(logging.Filter):
    """Puts the id on each record. Django logs the answers from 400 on when all middleware is done, with the request."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = request_id.get() or getattr(request, "request_id", "")
        return True
