"""Whoever guesses passwords is made to wait: django-axes counts the failures, and this says what counts as one.

A pause is for one name at one address. So a stranger elsewhere cannot keep anybody out, and a name that nobody has is
treated as any other.
"""

import math
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext


class FailedSignIns(AxesDatabaseHandler):  # type: ignore[misc]  # it brings no types
    """One row for each name and address, without what the browser says of itself: that could be varied at will."""

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        if request is not None:
            request.axes_user_agent = request.axes_http_accept = ""
        super().user_login_failed(sender, credentials, request, **kwargs)


def name_meant(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name in one spelling of all those that find the same user: the database compares in upper case."""
    name = (credentials or request.POST).get("username") or ""
    return unicodedata.normalize("NFKC", name).upper()[:255]


def is_paused(request: HttpRequest) -> bool:
    """Whether the attempt to sign in that was just made with this request has been refused for that."""
    return bool(getattr(request, "axes_locked_out", False))


def pause_error(request: HttpRequest) -> ValidationError:
    """What a form says then."""
    minutes = math.ceil(seconds_left(request) / 60)
    text = ngettext(
        "Too many attempts failed here. Try again in a minute.",
        "Too many attempts failed here. Try again in %(minutes)d minutes.",
        minutes,
    )
    return ValidationError(text, code="paused", params={"minutes": minutes})


def seconds_left(request: Any) -> int:
    """Until the pause is over: it began with the last failure that was counted."""
    [attempts] = AxesProxyHandler.get_implementation().get_user_attempts(request, request.axes_credentials)
    last: datetime | None = attempts.values_list("attempt_time", flat=True).order_by("-attempt_time").first()
    pause: timedelta = settings.AXES_COOLOFF_TIME
    left = (last + pause - timezone.now()) if last else timedelta(0)
    return max(1, math.ceil(left.total_seconds()))
