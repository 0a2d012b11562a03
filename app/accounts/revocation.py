"""Who loses a credential loses the live sockets that were opened with it, on every worker."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now

from accounts.keys import all_sessions_key, session_key, token_key, user_key
from accounts.models import Revocation
from realtime import control
from realtime.close_codes import GOING_AWAY, NOT_SIGNED_IN
from realtime.database import in_database
from realtime.log import Order

if TYPE_CHECKING:
    from accounts.models import User

# Far longer than a worker may have been out of touch with the database and still live.
KEPT = timedelta(days=1)


def session_ended(key: str, *, renewed: bool) -> None:
    """`renewed`: it goes on under another key, with which its sockets come back."""
    _revoke(session_key(key), GOING_AWAY if renewed else NOT_SIGNED_IN)


def token_revoked(token_id: int) -> None:
    _revoke(token_key(token_id), NOT_SIGNED_IN)


def credentials_changed(user: "User") -> None:
    """Deactivated: out. A new password: every socket reconnects, and only sessions that are still good come back."""
    _revoke(user_key(user.pk), GOING_AWAY if user.is_active else NOT_SIGNED_IN)


def signed_out_everywhere(user: "User") -> None:
    """Whatever was opened with a session of theirs; not with a token."""
    _revoke(all_sessions_key(user.pk), NOT_SIGNED_IN)


@transaction.atomic
def _revoke(key: str, code: int) -> None:
    """Written in the transaction of the revocation itself: a worker that Redis does not reach finds it here."""
    Revocation.objects.filter(at__lt=Now() - KEPT).delete()
    revocation = Revocation.objects.create(key=key, code=code)
    control.give(Order(number=revocation.pk, key=key, code=code))


class Revocations:
    """What was revoked, as realtime/ wants to read it (realtime.log.Orders)."""

    async def given_within(self, seconds: float) -> list[Order]:
        return await in_database(_within, seconds)


def _within(seconds: float) -> list[Order]:
    found = Revocation.objects.filter(at__gte=Now() - timedelta(seconds=seconds)).order_by("pk")
    return [Order(number=pk, key=key, code=code) for pk, key, code in found.values_list("pk", "key", "code")]
