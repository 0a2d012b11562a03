from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    """People are deactivated here, not deleted: what they said keeps its author."""

    list_display = ("username", "is_active", "is_staff", "is_program", "date_joined")
    list_filter = ("is_active", "is_staff", "is_program")
    search_fields = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "is_program")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False
