"""What an administrator may look at and mend by hand. The log is not among it: it is only ever appended to."""

from django.contrib import admin

from chat.models import Membership, Room


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    """To look at: members are added and removed where the log hears of it."""

    model = Membership
    extra = 0
    fields = ("user", "role", "joined_at")
    readonly_fields = ("user", "joined_at")
    can_delete = False

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("slug", "name", "private", "seq", "made_at")
    list_filter = ("private",)
    search_fields = ("slug", "name")
    readonly_fields = ("slug", "name", "topic", "seq", "made_at")
    inlines = (MembershipInline,)

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False
