"""What an administrator may look at: rooms and who is in them. Nothing of a room is edited here: that takes the room's
lock and belongs into its log. The messages are not shown."""

from django.contrib import admin

from chat.models import Membership, Room


class ReadOnly:
    """Nothing is added, changed or deleted."""

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_change_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False


class MembershipInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    model = Membership
    extra = 0
    fields = ("user", "role", "joined_at")
    readonly_fields = fields


@admin.register(Room)
class RoomAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("slug", "name", "private", "seq", "made_at")
    list_filter = ("private",)
    search_fields = ("slug", "name")
    fields = ("slug", "name", "topic", "private", "seq", "made_at")
    readonly_fields = fields
    inlines = (MembershipInline,)
