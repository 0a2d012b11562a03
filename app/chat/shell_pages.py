"""What stands around an open room, on its own: pages load it again where they may have missed something."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from chat import selectors
from chat.room_pages import user_of


@never_cache
@login_required
def sidebar(request: HttpRequest) -> HttpResponse:
    """The list of the user's rooms as the sidebar has it."""
    return render(request, "chat/room_lists.html", {"rooms": selectors.rooms_of(user=user_of(request))})
