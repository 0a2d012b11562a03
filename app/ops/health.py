"""`/healthz`: this process lives. `/readyz`: it can do its work, or what is wrong."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from realtime.broadcast import redis_client
from realtime.database import DATABASE_GONE


class HealthMiddleware:
    """Answers before anything else does: a health check names no host that we know and has no session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"ok": True})
        if request.path == "/readyz":
            wrong = problems()
            return JsonResponse({"ok": not wrong, "problems": wrong}, status=503 if wrong else 200)
        return self._get_response(request)


def problems() -> dict[str, str]:
    """What keeps this process from its work, by part, in words that give nothing away; empty when all is well."""
    wrong = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DATABASE_GONE:
        wrong["database"] = "does not answer"
    if settings.REDIS_URL:
        try:
            redis_client().ping()
        except redis.RedisError:
            wrong["redis"] = "does not answer"
    return wrong
