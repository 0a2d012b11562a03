"""Django's sessions in the database; a session that ends takes its live sockets with it."""

from typing import Self

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import transaction

from accounts.revocation import session_ended


class SessionStore(DatabaseSessionStore):
    """Signing out, from whichever page, deletes the session: the one place to notice it."""

    _renewing = False

    @classmethod
    def found(cls, key: str, data: str) -> Self:
        """A session whose row was read already."""
        session = cls(key)
        session._session_cache = session.decode(data)  # type: ignore[attr-defined]
        return session

    def cycle_key(self) -> None:
        """The same person goes on under a new key: their sockets come back with the new cookie."""
        self._renewing = True
        try:
            super().cycle_key()
        finally:
            self._renewing = False

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        with transaction.atomic():
            super().delete(session_key)
            if key:
                session_ended(key, renewed=self._renewing)
