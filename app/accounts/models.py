"""People, programs, their pictures and tokens, what was revoked, and the row that says that this place is set up."""

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.picture_urls import LARGE, picture_url


class AccountManager(UserManager["User"]):
    """Finds people by name whatever its case: `Ana` signs in as `ana`."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractUser):
    """Someone who speaks: a person, or a program that was given a token. Users are deactivated, not deleted."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        _("name"),
        max_length=40,
        unique=True,
        validators=[AbstractUser.username_validator],
        error_messages={"unique": _("This name is taken.")},
    )
    is_program = models.BooleanField(_("is a program"), default=False)
    about = models.CharField(_("about"), max_length=160, blank=True, default="", db_default="")
    # Of the picture in ProfilePicture, empty where there is none: here, so that nobody's address costs a query.
    picture_version = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False)
    # How often this user signed out everywhere; a session is good in the generation that it was made in.
    session_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    # What save() compares with: a change of either ends live sockets.
    _stored_credentials: tuple[str, bool] | None = None

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [models.UniqueConstraint(Lower("username"), name="username_whatever_its_case")]

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:
        user = super().from_db(db, field_names, values)
        if {"password", "is_active"} <= user.__dict__.keys():
            user._stored_credentials = (user.password, user.is_active)
        return user

    def save(self, *args: Any, **kwargs: Any) -> None:
        from accounts.revocation import credentials_changed

        with transaction.atomic():
            super().save(*args, **kwargs)
            before, self._stored_credentials = self._stored_credentials, (self.password, self.is_active)
            if before is not None and before != self._stored_credentials:
                credentials_changed(self)

    @property
    def picture_url(self) -> str | None:
        """Of the picture of 128 pixels."""
        return picture_url(self.pk, self.picture_version)

    @property
    def large_picture_url(self) -> str | None:
        """Of the same in 256 pixels."""
        return picture_url(self.pk, self.picture_version, LARGE)

    def get_session_auth_hash(self) -> str:
        return self._of_this_generation(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return (self._of_this_generation(one) for one in super().get_session_auth_fallback_hash())

    def _of_this_generation(self, digest: str) -> str:
        """The first generation is Django's own, so that sessions made before there were generations stay good."""
        return f"{digest}:{self.session_generation}" if self.session_generation else digest


class ProfilePicture(models.Model):
    """Somebody's picture, in WebP: some 15 KB, so that it needs no place but the database, and is in every backup."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="picture")
    # Squares of 128 and 256 pixels.
    small = models.BinaryField()
    large = models.BinaryField()

    def __str__(self) -> str:
        return f"picture of {self.user}"


class Token(models.Model):
    """A program's key to the API and the sockets. Only a hash of it is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    # The first characters of the token, so that people can tell which is which.
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user}"


class Installation(models.Model):
    """One row, made by the first run. Its key makes the first run race-safe: there is room for one."""

    join_code = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return "this installation"


class Revocation(models.Model):
    """An order to close somebody's live sockets, kept for a while for workers that Redis did not reach."""

    key = models.CharField(max_length=64)
    code = models.PositiveSmallIntegerField()
    # The database's clock: who asks for the newest asks by the same one.
    at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.code}"
