"""The pages of rooms: the list, a new one, one with what is said in it. Looking after one: settings_pages.py."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from chat import selectors, services
from chat.errors import Conflict, NotFound
from chat.forms import NewRoomForm
from chat.message_selectors import message_page
from chat.models import Room
from chat.page_errors import chat_errors_as_pages
from chat.presentation import page_dict, person_dict
from chat.room_view import mute_of

# Rooms to join on one page of the list, people on one page of a room's settings.
PAGE = 100


def user_of(request: HttpRequest) -> User:
    """Who is signed in; every page here asks for that first."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@login_required
def rooms(request: HttpRequest) -> HttpResponse:
    """Mine, and those that anyone may join."""
    user = user_of(request)
    mine = selectors.rooms_of(user=user)
    open_ones = [room for room in mine if not room.archived]
    context = {
        "rooms": mine,
        "open_rooms": [room for room in open_ones if room.kind == Room.Kind.ROOM],
        "directs": [room for room in open_ones if room.kind == Room.Kind.DIRECT],
        "archived_rooms": [room for room in mine if room.archived],
        "public_rooms": Paginator(selectors.joinable_rooms(user=user), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "chat/rooms.html", context)


@login_required
@chat_errors_as_pages
def create(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = NewRoomForm(request.POST or None)
    if form.is_valid():
        try:
            room = services.create_room(by=user, **form.cleaned_data)
        except Conflict:
            form.add_error("slug", _("There is a room with this address already."))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("room", room.slug)
    return render(request, "chat/new_room.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@chat_errors_as_pages
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """A room and what is said in it: the newest, or with `?at=<seq>` what was said around that."""
    user = user_of(request)
    mine = selectors.rooms_of(user=user)
    room = next((room for room in mine if room.slug == slug), None)
    if room is None or room.mine is None:
        raise NotFound
    asked = request.GET.get("at", "")
    at = int(asked) if selectors.is_id(asked) else None
    context = {
        "room": room,
        "membership": room.mine,
        "rooms": mine,
        "page_data": {
            "room": {
                "slug": slug,
                "name": room.title,
                "topic": room.topic,
                "kind": room.kind,
                "archived": room.archived,
            },
            "me": {"role": room.mine.role, "muted_until": mute_of(room.mine)},
            # Up to where all was seen; null where nothing is new.
            "read_seq": room.mine.read_seq if room.unread else None,
            "user": person_dict(user),
            "at": at,
            "max_upload": settings.UPLOAD_MAX_BYTES,
            **page_dict(message_page(room=room, around=at)),
        },
    }
    return render(request, "chat/room.html", context)


@require_POST
@login_required
@chat_errors_as_pages
def join(request: HttpRequest, slug: str) -> HttpResponse:
    services.join_room(user=user_of(request), slug=slug)
    return redirect("room", slug)
