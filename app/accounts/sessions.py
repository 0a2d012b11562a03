"""Django's sessions in the database; a session that ends takes its live sockets with it."""

import re
from typing import Self

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import transaction

from accounts.revocation import session_ended

# What a session's key can be. A cookie is what anybody likes: a NUL in it makes a query fail, and with it the page, or
# all who are looked up in one query.
SESSION_KEY_FORM = re.compile(r"[0-9A-Za-z]{8,40}")


class SessionStore(DatabaseSessionStore):
    """Signing out, from whichever page, deletes the session: the one place to notice it."""

    _renewing = False

    @classmethod
    def found(cls, key: str, data: str) -> Self:
        """A session whose row was read already."""
        session = cls(key)
        session._session_cache = session.decode(data)  # type: ignore[attr-defined]
        return session

    def _validate_session_key(self, key: str | None) -> bool:
        """Django's own hook: what is no key is no session, and asked of no database."""
        return bool(key and SESSION_KEY_FORM.fullmatch(key))

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
