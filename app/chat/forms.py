"""The forms of the pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Membership, Room
from chat.roles import LONGEST_MUTE


class NewPersonForm(forms.Form):
    """A name and a password; whether they will do is said by the service."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=User._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters, and not a password that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def add_service_errors(self, error: ValidationError) -> None:
        """Show what a service found next to the field that it found it in; accounts calls the name `username`."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for field, errors in error.error_dict.items():
            shown = {"username": "name"}.get(field, field)
            self.add_error(shown if shown in self.fields else None, errors)


class FirstRunForm(NewPersonForm):
    room = forms.CharField(
        label=_("Your first room"),
        help_text=_("Where everyone who joins arrives."),
        max_length=Room._meta.get_field("name").max_length,
        initial=_("Lobby"),
    )


class NewRoomForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The address is made from the name where it is left out."""

    class Meta:
        model = Room
        fields = ("name", "slug", "topic", "private")
        help_texts = {
            "slug": _("Made from the name if you leave it empty."),
            "private": _("Only people whom an owner adds can see it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "slug" not in self.errors and not cleaned.get("slug"):
            cleaned["slug"] = slugify(cleaned.get("name", ""))[:64]
            if not cleaned["slug"]:
                self.add_error("slug", _("Give the room an address of its own."))
        return cleaned

    def validate_unique(self) -> None:
        """Asked by the service, under the database's own lock."""


class RoomForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Room
        fields = ("name", "topic", "private")
        help_texts = {"private": _("Only its members see it, and an owner adds them. Who is in it stays.")}


class NoticesForm(forms.Form):
    notify = forms.ChoiceField(choices=Membership.Notify.choices)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Membership.Role.choices)


class MuteForm(forms.Form):
    """For how long, in seconds; 0 ends it."""

    LENGTHS = (
        (3600, _("for an hour")),
        (86_400, _("for a day")),
        (int(LONGEST_MUTE.total_seconds()), _("until it is lifted")),
    )
    mute = forms.TypedChoiceField(coerce=int, choices=((0, _("no more")), *LENGTHS))
