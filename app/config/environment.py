"""Reads settings from the environment and says, in one message, everything that is wrong with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv
from redis.connection import parse_url

T = TypeVar("T")

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 10
MAX_PORT = 65535
DATABASE_ENGINES = {"django.db.backends.postgresql", "django.db.backends.sqlite3"}


class Environment:
    """Collects mistakes instead of stopping at the first, so that an operator mends them in one go.

    Every variable may also be given as NAME_FILE, the path of a file that holds the value.
    """

    def __init__(self) -> None:
        self._env = FileAwareEnv(strip_whitespace=True)
        self._problems: dict[str, str] = {}

    def problem(self, name: str, what: str, mend: str) -> None:
        """Note a mistake: the variable, what is wrong with it, and what to do.

        The first mistake of a variable stands for it: one that cannot be read is not also missing.
        """
        self._problems.setdefault(name, f"{name} {what}. {mend}")

    def refuse_problems(self) -> None:
        """Raise ImproperlyConfigured if anything was wrong."""
        if self._problems:
            lines = "\n".join(f"  - {problem}" for problem in self._problems.values())
            raise ImproperlyConfigured(f"the settings are wrong, so nothing was started:\n{lines}")

    def text(self, name: str, default: str = "") -> str:
        return self._read(name, self._env.str, default, "Give it a readable value")

    def flag(self, name: str, *, default: bool) -> bool:
        return self._read(name, self._env.bool, default, "Set it to true or false")

    def number(self, name: str, default: int, *, at_least: int = 1, at_most: int | None = None) -> int:
        """A whole number from `at_least` to `at_most`."""
        value = self._read(name, self._env.int, default, "Set it to a whole number")
        if value < at_least:
            self.problem(name, f"is {value}", f"Set it to {at_least} or more")
            return default
        if at_most is not None and value > at_most:
            self.problem(name, f"is {value}", f"Set it to {at_most} or less")
            return default
        return value

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.problem(name, f"is {value!r}, which is not known", f"Set it to one of: {', '.join(choices)}")
            return default
        return value

    def secret_key(self) -> str:
        """Django's SECRET_KEY; the bar is that of Django's own deployment check (security.W009)."""
        value = self.text("SECRET_KEY")
        mend = (
            "Set it, or SECRET_KEY_FILE, to at least 50 random characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
        if not value:
            self.problem("SECRET_KEY", "is missing", mend)
        elif len(value) < SECRET_KEY_LENGTH or len(set(value)) < SECRET_KEY_VARIETY or "insecure" in value:
            self.problem("SECRET_KEY", "is too weak", mend)
        return value

    def origins(self, default: list[str]) -> list[str]:
        """Full origins (scheme, host, port) at which people reach us, as browsers write them: in lower case."""
        given = [part.strip().rstrip("/") for part in self.text("ORIGINS").split(",") if part.strip()] or default
        if not given:
            self.problem(
                "ORIGINS",
                "is missing",
                "Set it to the addresses that people type, with scheme and port: https://chat.example.com",
            )
        wrong = [repr(origin) for origin in given if not is_origin(origin)]
        if wrong:
            self.problem(
                "ORIGINS",
                f"holds {', '.join(wrong)}: not an origin",
                "Write scheme, host and, where it is not the usual one, port: https://chat.example.com",
            )
            return default
        return [origin.lower() for origin in given]

    def database(self, default: str) -> dict[str, Any]:
        """DATABASE_URL as Django's settings for one database."""
        url = self.text("DATABASE_URL", default)
        mend = "Set it to postgresql://user@host:5432/name (the password may come from DATABASE_PASSWORD_FILE)"
        if not url:
            self.problem("DATABASE_URL", "is missing", mend)
            return {}
        try:
            found = dict(dj_database_url.parse(url))
        except ValueError:
            # The URL may hold a password: it is not repeated here.
            self.problem("DATABASE_URL", "cannot be read", mend)
            return {}
        if found["ENGINE"] not in DATABASE_ENGINES:
            self.problem("DATABASE_URL", "is of a database that is neither PostgreSQL nor SQLite", mend)
            return {}
        return found

    def redis_url(self) -> str:
        """REDIS_URL, or nothing where there is none."""
        url = self.text("REDIS_URL")
        try:
            if url:
                parse_url(url)  # type: ignore[no-untyped-call]
        except ValueError:
            # The URL may hold a password: it is not repeated here.
            self.problem("REDIS_URL", "cannot be read", "Set it to redis://host:6379/0")
        return url

    def time_zone(self, default: str) -> str:
        zone = self.text("TIME_ZONE", default)
        if zone not in available_timezones():
            self.problem("TIME_ZONE", f"is {zone!r}, which is not known", "Set it to a name such as Europe/Madrid")
            return default
        return zone

    def _read(self, name: str, read: Callable[..., T], default: T, mend: str) -> T:
        try:
            # An empty value means "not set": compose passes on what .env leaves empty.
            if not self._env.str(name, ""):
                return default
            return read(name, default)
        except ValueError as error:
            self.problem(name, f"cannot be read ({error})", mend)
            return default


def is_origin(value: str) -> bool:
    """Whether `value` is scheme://host[:port] and nothing more."""
    try:
        parts = urlsplit(value)
        port_ok = parts.port is None or 0 < parts.port <= MAX_PORT
    except ValueError:
        return False
    extra = parts.path or parts.query or parts.fragment or parts.username or parts.password
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port_ok and not extra


def host_of(origin: str) -> str:
    """The host of an origin as it stands in a Host header: an IPv6 address in its brackets."""
    host = urlsplit(origin).hostname or ""
    return f"[{host}]" if ":" in host else host


def writable_folder(path: Path) -> Path:
    """`path`, made if it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path
