"""The page on which a room is looked after, and what its forms do."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from chat import selectors, services
from chat.errors import Conflict, Deactivated, Forbidden, NotFound, RoomsFull
from chat.forms import MuteForm, NoticesForm, RoleForm, RoomForm
from chat.models import Membership, Room
from chat.page_errors import chat_errors_as_pages, whose_rooms_are_full
from chat.roles import change_member, check_authority
from chat.room_log import room_log
from chat.room_log_lines import LogLine, is_for_good, lines_of
from chat.room_pages import PAGE, user_of


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, and what who looks may do about them."""

    membership: Membership
    is_me: bool
    can_moderate: bool
    can_mute: bool
    muted_for_good: bool


@login_required
@chat_errors_as_pages
def room_settings(request: HttpRequest, slug: str) -> HttpResponse:
    membership = selectors.membership_of(user=user_of(request), slug=slug)
    return settings_page(request, membership, RoomForm(instance=membership.room))


def settings_page(request: HttpRequest, membership: Membership, form: RoomForm) -> HttpResponse:
    user = user_of(request)
    room = selectors.name_for_viewer(membership.room, user=user)
    page = Paginator(selectors.members_of(room=room), PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "room": room,
        "membership": membership,
        "page": page,
        "members": [_row(membership, other) for other in page],
        "form": form,
        "notices": Membership.Notify.choices,
        "roles": Membership.Role.choices,
        "mutes": MuteForm.LENGTHS,
        "can_manage": membership.role == Membership.Role.OWNER,
        "is_direct": room.kind == Room.Kind.DIRECT,
    }
    return render(request, "chat/room_settings.html", context, status=422 if form.errors else 200)


def _row(own: Membership, other: Membership) -> MemberRow:
    try:
        check_authority(own, other)
    except Forbidden:
        can = False
    else:
        can = own.pk != other.pk
    return MemberRow(
        membership=other,
        is_me=own.pk == other.pk,
        can_moderate=can,
        can_mute=can and other.role != Membership.Role.OWNER,
        muted_for_good=other.muted_until is not None and is_for_good(other.muted_until, since=timezone.now()),
    )


# --- the room ---


@require_POST
@login_required
@chat_errors_as_pages
def update(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    membership = selectors.membership_of(user=user, slug=slug)
    form = RoomForm(request.POST, instance=membership.room)
    if not form.is_valid():
        return settings_page(request, membership, form)
    services.update_room(by=user, slug=slug, **form.cleaned_data)
    return redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """With `archived` it is, without it is opened again."""
    services.update_room(by=user_of(request), slug=slug, archived="archived" in request.POST)
    return redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    services.delete_room(by=user_of(request), slug=slug)
    return redirect("rooms")


@login_required
@chat_errors_as_pages
def log(request: HttpRequest, slug: str) -> HttpResponse:
    """What moderators and owners did, newest first."""
    before = request.GET.get("before", "")
    user = user_of(request)
    page = room_log(user=user, slug=slug, before=int(before) if selectors.is_id(before) else None)
    lines: list[LogLine] = [line for event in page.events for line in lines_of(event)]
    context = {
        "room": selectors.room_of(user=user, slug=slug),
        "lines": lines,
        "older": page.events[-1].seq if page.more else None,
        "from_the_newest": not before,
    }
    return render(request, "chat/room_log.html", context)


# --- its members ---


@require_POST
@login_required
@chat_errors_as_pages
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    try:
        services.remove_member(by=user, slug=slug, user_id=user.pk)
    except Conflict:
        messages.error(request, last_owner())
        return redirect("room-settings", slug)
    return redirect("rooms")


@require_POST
@login_required
@chat_errors_as_pages
def choose_notices(request: HttpRequest, slug: str) -> HttpResponse:
    form = _checked(NoticesForm(request.POST))
    services.choose_notices(by=user_of(request), slug=slug, notify=form.cleaned_data["notify"])
    return redirect("room-settings", slug)


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
    except RoomsFull as error:
        messages.error(request, whose_rooms_are_full(error))
    return redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def remove_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    user = user_of(request)
    try:
        services.remove_member(by=user, slug=slug, user_id=user_id)
    except Conflict:
        messages.error(request, last_owner())
        return redirect("room-settings", slug)
    return redirect("rooms") if user_id == user.pk else redirect("room-settings", slug)


@require_POST
@login_required
@chat_errors_as_pages
def give_role(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    form = _checked(RoleForm(request.POST))
    return _change(request, slug, user_id, role=form.cleaned_data["role"])


@require_POST
@login_required
@chat_errors_as_pages
def mute(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    form = _checked(MuteForm(request.POST))
    return _change(request, slug, user_id, mute=form.cleaned_data["mute"])


def _change(request: HttpRequest, slug: str, user_id: int, **change: Any) -> HttpResponse:
    user: User = user_of(request)
    try:
        change_member(by=user, slug=slug, user_id=user_id, **change)
    except Deactivated:
        messages.error(request, _("This person is deactivated."))
    except Conflict:
        messages.error(request, last_owner())
    return redirect("room-settings", slug)


def _checked(form: forms.Form) -> forms.Form:
    """A form that only offers what will do: who sends something else did not use it."""
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    return form


def last_owner() -> str:
    return _("A room keeps an owner: make somebody else one first, or delete the room.")
