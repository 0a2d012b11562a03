"""Who loses a credential loses the live sockets that were opened with it, on every worker."""

from typing import TYPE_CHECKING

from accounts.keys import session_key, token_key, user_key
from realtime import control
from realtime.close_codes import GOING_AWAY, NOT_SIGNED_IN

if TYPE_CHECKING:
    from accounts.models import User


def session_ended(key: str) -> None:
    control.cut(session_key(key), code=NOT_SIGNED_IN)


def token_revoked(token_id: int) -> None:
    control.cut(token_key(token_id), code=NOT_SIGNED_IN)


def credentials_changed(user: "User") -> None:
    """Deactivated: out. A new password: every socket reconnects, and only sessions that are still good come back."""
    control.cut(user_key(user.pk), code=GOING_AWAY if user.is_active else NOT_SIGNED_IN)
