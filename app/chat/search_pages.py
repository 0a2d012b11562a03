"""The page of the search."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from chat.errors import TooLong, Unavailable
from chat.room_pages import user_of
from chat.search import search
from chat.search_index import TooBroad
from chat.search_query import MAX_QUERY, QueryWrong
from chat.selectors import ID_DIGITS


@require_safe
@login_required
def search_page(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    before = _place(request.GET.get("before", ""))
    context: dict[str, Any] = {"query": text, "max_query": MAX_QUERY, "going_on": before is not None}
    try:
        context |= _found(user_of(request), text, before) if text else {}
    except (QueryWrong, TooLong) as error:
        context["wrong"] = error.message
    except TooBroad:
        context["wrong"] = _("This finds too much to be gone through. Be more precise: add a word, or a filter.")
    except Unavailable:
        context["wrong"] = _("Others are searching at this moment. Try again shortly.")
    return render(request, "chat/search.html", context, status=422 if "wrong" in context else 200)


def _found(user: User, text: str, before: int | None) -> dict[str, Any]:
    page = search(user=user, text=text, before=before)
    return {"page": page, "older": urlencode({"q": text, "before": page.before})}


def _place(text: str) -> int | None:
    """Where the page before this one ended; an address that somebody mended by hand begins at the newest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None
