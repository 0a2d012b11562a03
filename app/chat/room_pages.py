"""The pages of rooms."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from chat import selectors, services
from chat.errors import Conflict, NotFound
from chat.forms import NewRoomForm, RoomForm
from chat.models import Membership
from chat.page_errors import chat_errors_as_pages
from chat.presentation import page_dict, person_dict


def user_of(request: HttpRequest) -> User:
    """Who is signed in; every page here asks for that first."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@login_required
def rooms(request: HttpRequest) -> HttpResponse:
    return rooms_page(request, NewRoomForm())


def rooms_page(request: HttpRequest, form: NewRoomForm) -> HttpResponse:
    context = {
        "rooms": selectors.rooms_of(user=user_of(request)),
        "public_rooms": selectors.joinable_rooms(user=user_of(request)),
        "form": form,
    }
    return render(request, "chat/rooms.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def create(request: HttpRequest) -> HttpResponse:
    form = NewRoomForm(request.POST)
    if form.is_valid():
        try:
            room = services.create_room(by=user_of(request), **form.cleaned_data)
        except Conflict:
            form.add_error("slug", _("There is a room with this address already."))
        else:
            return redirect("room", room.slug)
    return rooms_page(request, form)


@login_required
@chat_errors_as_pages
def room(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    membership = selectors.membership_of(user=user, slug=slug)
    page = selectors.message_page(room=membership.room)
    context = {
        "room": membership.room,
        "membership": membership,
        "rooms": selectors.rooms_of(user=user),
        "page_data": {
            "room": {"slug": membership.room.slug, "name": membership.room.name},
            "user": person_dict(user),
            **page_dict(page),
        },
    }
    return render(request, "chat/room.html", context)


@login_required
@chat_errors_as_pages
def room_settings(request: HttpRequest, slug: str) -> HttpResponse:
    membership = selectors.membership_of(user=user_of(request), slug=slug)
    return settings_page(request, membership, RoomForm(instance=membership.room))


def settings_page(request: HttpRequest, membership: Membership, form: RoomForm) -> HttpResponse:
    context: dict[str, Any] = {
        "room": membership.room,
        "membership": membership,
        "members": selectors.members_of(room=membership.room),
        "form": form,
        "can_manage": membership.role == Membership.Role.OWNER,
    }
    return render(request, "chat/room_settings.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@chat_errors_as_pages
def join(request: HttpRequest, slug: str) -> HttpResponse:
    services.join_room(user=user_of(request), slug=slug)
    return redirect("room", slug)


@require_POST
@login_required
@chat_errors_as_pages
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    try:
        services.remove_member(by=user, slug=slug, user_id=user.pk)
    except Conflict:
        messages.error(request, _("The last owner cannot leave a room. You can delete it instead."))
        return redirect("room-settings", slug)
    return redirect("rooms")


@require_POST
@login_required
@chat_errors_as_pages
def rename(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    membership = selectors.membership_of(user=user, slug=slug)
    form = RoomForm(request.POST, instance=membership.room)
    if not form.is_valid():
        return settings_page(request, membership, form)
    services.rename_room(by=user, slug=slug, **form.cleaned_data)
    return redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    services.delete_room(by=user_of(request), slug=slug)
    return redirect("rooms")


@require_POST
@login_required
@chat_errors_as_pages
def add_member(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    selectors.membership_of(user=user, slug=slug)
    name = request.POST.get("name", "").strip()
    try:
        services.add_member(by=user, slug=slug, user=selectors.person_named(name=name))
    except NotFound:
        messages.error(request, _("There is nobody called “%(name)s”.") % {"name": name})
    return redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def remove_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    user = user_of(request)
    try:
        services.remove_member(by=user, slug=slug, user_id=user_id)
    except Conflict:
        messages.error(request, _("The last owner cannot leave a room. You can delete it instead."))
    return redirect("rooms") if user_id == user.pk else redirect("room-settings", slug)
