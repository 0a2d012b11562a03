"""The forms of signing in and of one's own account."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.failed_sign_ins import is_paused, pause_error
from accounts.models import User
from accounts.pictures import MAX_BYTES, NoPicture, Squares, squares_of
from pictures.process import Busy, TooLarge


class SaysPause(AuthenticationForm):
    """Says how long to wait to whom is made to, and no word about whether the name or the password were right."""

    def get_invalid_login_error(self) -> ValidationError:
        if self.request is not None and is_paused(self.request):
            return pause_error(self.request)
        return super().get_invalid_login_error()


class SignInForm(SaysPause):
    # Django's own says "username"; in Spanish it is not on first-name terms either.
    error_messages = {**SaysPause.error_messages, "invalid_login": _("Please enter a correct name and password.")}


class AdminSignInForm(SaysPause, AdminAuthenticationForm):
    pass


class OwnPasswordForm(PasswordChangeForm):
    """The current password is asked for as at the sign-in: who guesses is made to wait."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": _("This is not your old password."),
    }

    def __init__(self, *, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user=request.user, **kwargs)
        self._request = request
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.help_text = _("At least 10 characters, and not a password that many people use.")
        second.label, second.help_text = _("New password, once more"), ""

    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        if authenticate(self._request, username=self.user.get_username(), password=given) == self.user:
            return given
        if is_paused(self._request):
            raise pause_error(self._request)
        raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")


class AboutForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = User
        fields = ("about",)
        labels = {"about": _("About you")}
        help_texts = {"about": _("A line that everyone here can read: what you do, how to reach you.")}


class PictureForm(forms.Form):
    """`cleaned_data["picture"]` is Squares: it is judged here, so that what is wrong with it stands beside it."""

    picture = forms.FileField(
        label=_("New picture"),
        help_text=_("PNG, JPEG, WebP, AVIF or GIF, up to 5 MB. The middle of it is shown."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/avif,image/gif"}),
    )

    def clean_picture(self) -> Squares:
        file: UploadedFile = self.cleaned_data["picture"]
        if file.size is None or file.size > MAX_BYTES:
            raise ValidationError(_("This file is larger than 5 MB."), code="too_many_bytes")
        try:
            return squares_of(file.chunks())
        except NoPicture as error:
            raise ValidationError(_("This is not a picture that browsers can show."), code="no_picture") from error
        except TooLarge as error:
            raise ValidationError(
                _("This picture has too many pixels. Make it smaller first."), code="large"
            ) from error
        except Busy as error:
            raise ValidationError(_("Other pictures come first. Try again in a moment."), code="busy") from error
