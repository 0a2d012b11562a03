"""What an administrator does about people: who may come in, and what is taken away from whom."""

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.forms import AdminSignInForm
from accounts.models import User

# Its own form of signing in makes whoever guesses wait, as ours does.
admin.site.login_form = AdminSignInForm


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    """People are deactivated here, not deleted: what they said keeps its author."""

    list_display = ("username", "is_active", "is_staff", "is_program", "date_joined")
    list_filter = ("is_active", "is_staff", "is_program")
    search_fields = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "password", "about")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "is_program")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    actions = ("remove_pictures", "sign_out_everywhere")

    @admin.action(description=_("Remove the pictures of the selected people"), permissions=["change"])
    def remove_pictures(self, request: HttpRequest, people: "QuerySet[User]") -> None:
        for person in people:
            services.remove_picture(user=person)
            self.log_change(request, person, "picture removed")

    @admin.action(description=_("Sign the selected people out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, people: "QuerySet[User]") -> None:
        for person in people:
            services.sign_out_everywhere(user=person)
            self.log_change(request, person, "signed out everywhere")

    def has_delete_permission(self, *args: object, **kwargs: object) -> bool:
        return False


@admin.register(AccessAttempt)
class FailedSignInAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Failures of late, by name and address. To delete one ends its pause."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start")
    readonly_fields = fields

    def has_add_permission(self, *args: object, **kwargs: object) -> bool:
        return False

    def has_change_permission(self, *args: object, **kwargs: object) -> bool:
        return False
