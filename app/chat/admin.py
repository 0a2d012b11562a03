"""What an administrator may look at, and the few things that nobody in a room may be left to do.

Nothing of a room is edited here: that takes the room's lock and belongs into its log. What is done goes through the
services, and the room's members see who did it. What people said is not shown.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.errors import ChatError
from chat.models import DONE, Event, Membership, Room, Upload
from chat.roles import appoint_owner
from chat.room_pages import user_of
from chat.services import archive_room, erase_room


class ReadOnly:
    """Nothing is added, changed or deleted."""

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_change_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False


class Administered(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Read only, but for its actions: they are a superuser's."""

    show_full_result_count = False

    def has_administer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def each(self, request: HttpRequest, rows: Iterable[Any], do: Any) -> None:
        """Do it to each row, and say which refused it."""
        for row in rows:
            try:
                do(row)
            except ChatError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)


class MembershipInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    fields = ("user", "role", "muted_until", "joined_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With what each line shows and is called by."""
        return super().get_queryset(request).select_related("user", "room")


@admin.register(Room)
class RoomAdmin(Administered):
    """Rooms are archived and deleted here where no owner is left to do it."""

    list_display = ("slug", "name", "kind", "private", "archived_at", "seq", "made_at")
    list_filter = ("kind", "private", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("slug", "name")
    fields = ("slug", "name", "topic", "kind", "private", "archived_at", "seq", "made_at")
    readonly_fields = fields
    inlines = (MembershipInline,)
    actions = ("archive", "open_again")

    def has_delete_permission(self, request: HttpRequest, *args: object, **kwargs: object) -> bool:  # type: ignore[override]
        return self.has_administer_permission(request)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The rooms by name, and how much goes with them; to list each message would take for ever."""
        rooms = [room.pk for room in objs]
        counts = {
            model._meta.verbose_name_plural: model._default_manager.filter(room__in=rooms).count()
            for model in (Membership, Event, Upload)
        }
        return [str(room) for room in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        erase_room(room=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        for room in queryset:
            erase_room(room=room)

    @admin.action(description=_("Archive"), permissions=["administer"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self.each(request, queryset, lambda room: archive_room(room=room, by=user_of(request), archived=True))

    @admin.action(description=_("Open again"), permissions=["administer"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self.each(request, queryset, lambda room: archive_room(room=room, by=user_of(request), archived=False))


@admin.register(Membership)
class MembershipAdmin(Administered):
    """Where a room's last owner is deactivated, another member becomes one here."""

    list_display = ("room", "user", "role", "muted_until", "joined_at")
    list_filter = ("role",)
    list_select_related = ("room", "user")
    search_fields = ("room__slug", "user__username")
    fields = ("room", "user", "role", "muted_until", "joined_at")
    readonly_fields = fields
    actions = ("make_owner",)

    @admin.action(description=_("Make an owner of the room"), permissions=["administer"])
    def make_owner(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        rows = queryset.select_related("room", "user")
        self.each(request, rows, lambda member: appoint_owner(member=member, by=user_of(request)))


@admin.register(Event)
class EventAdmin(Administered):
    """The log of all rooms: that something happened, and of what was done also what."""

    list_display = ("room", "seq", "kind", "at", "by", "subject")
    list_filter = ("kind",)
    list_select_related = ("room", "by", "subject")
    ordering = ("-pk",)
    search_fields = ("room__slug", "by__username")
    fields = ("room", "seq", "kind", "at", "by", "subject", "done")
    readonly_fields = fields

    @admin.display(description=_("what was done"))
    def done(self, event: Event) -> str:
        return str(event.data) if event.kind in DONE else ""


@admin.register(Upload)
class UploadAdmin(Administered):
    """Which files there are and who brought them; they go with their message or their room."""

    list_display = ("name", "type", "size", "room", "by", "made_at")
    list_filter = ("type",)
    list_select_related = ("room", "by")
    ordering = ("-made_at",)
    search_fields = ("name", "room__slug", "by__username")
    fields = ("name", "type", "size", "room", "by", "made_at")
    readonly_fields = fields
