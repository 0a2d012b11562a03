"""Before the first run there is one page; and whoever has to wait is told so by the answer's status, too."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.failed_sign_ins import is_paused, seconds_left
from accounts.selectors import is_set_up


class FirstRunMiddleware:
    """While nobody has set this installation up, every page leads to the form that does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        # Once true it stays so: no query for the rest of the process's life.
        self._set_up = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._set_up and not self._is_open(request.path):
            self._set_up = is_set_up()
            if not self._set_up:
                return redirect("first-run")
        return self._get_response(request)

    def _is_open(self, path: str) -> bool:
        return path == reverse("first-run") or path.startswith(("/static/", "/api/"))


class TooManyAttemptsMiddleware:
    """Where the pause of accounts/failed_sign_ins.py refused somebody, the page, whose form says so, is a 429.

    In the place of django-axes' own middleware, which puts another page there, and under ASGI not even that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if is_paused(request):
            response.status_code = 429
            response.headers["Retry-After"] = str(seconds_left(request))
        return response
