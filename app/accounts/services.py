"""Every write to accounts, but for tokens (tokens.py)."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Installation, ProfilePicture, User
from accounts.pictures import Squares
from accounts.revocation import signed_out_everywhere
from accounts.selectors import people_exist


class AlreadySetUp(Exception):
    """The first run has been done, by someone else perhaps a moment ago."""


def claim_installation() -> Installation:
    """Make the one row that only the first run makes, inside the caller's transaction.

    Of two that run at once the second waits for the first one's commit, and raises AlreadySetUp; so it does where
    people were made by other means.
    """
    try:
        with transaction.atomic():
            installation = Installation.objects.create(pk=1, join_code=new_join_code())
    except IntegrityError as error:
        raise AlreadySetUp from error
    if people_exist():
        raise AlreadySetUp
    return installation


def create_administrator(*, name: str, password: str) -> User:
    """Raises django's ValidationError for a name or a password that will not do."""
    return create_person(name=name, password=password, is_staff=True, is_superuser=True)


def create_person(*, name: str, password: str, is_staff: bool = False, is_superuser: bool = False) -> User:
    """Raises django's ValidationError (by field: username, password) for a name or a password that will not do."""
    user = User(username=User.normalize_username(name), is_staff=is_staff, is_superuser=is_superuser)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error}) from error
    user.set_password(password)
    return _save_new(user)


def create_program(*, name: str) -> User:
    """An account that cannot sign in with a password. Raises django's ValidationError for a name that will not do."""
    user = User(username=User.normalize_username(name), is_program=True)
    user.set_unusable_password()
    return _save_new(user)


def change_password(*, user: User, password: str) -> None:
    """Every session of the old password ends; the caller has asked for that one, and whether the new one will do."""
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def sign_out_everywhere(*, user: User) -> None:
    """Every session of `user` ends, and its sockets are closed within a second; tokens stay good."""
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(fields=["session_generation"])
    signed_out_everywhere(user)


def change_about(*, user: User, about: str) -> None:
    """What a form has found to be short enough."""
    user.about = about
    user.save(update_fields=["about"])


@transaction.atomic
def set_picture(*, user: User, picture: Squares) -> None:
    ProfilePicture.objects.update_or_create(user=user, defaults={"small": picture.small, "large": picture.large})
    user.picture_version = picture.version
    user.save(update_fields=["picture_version"])


@transaction.atomic
def remove_picture(*, user: User) -> None:
    ProfilePicture.objects.filter(user=user).delete()
    user.picture_version = ""
    user.save(update_fields=["picture_version"])


def renew_join_link() -> Installation:
    """From now on the old link leads nowhere."""
    installation, _ = Installation.objects.update_or_create(pk=1, defaults={"join_code": new_join_code()})
    return installation


def join_code() -> str:
    """The code of the join link; the first one is made here where there was no first run."""
    installation, _ = Installation.objects.get_or_create(pk=1, defaults={"join_code": new_join_code()})
    return installation.join_code


def new_join_code() -> str:
    return secrets.token_urlsafe(24)


def _save_new(user: User) -> User:
    user.full_clean(exclude=["password"], validate_constraints=False)
    if User.objects.filter(username__iexact=user.username).exists():
        raise _name_taken()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise _name_taken() from error
    return user


def _name_taken() -> ValidationError:
    return ValidationError({"username": _("This name is taken.")})
