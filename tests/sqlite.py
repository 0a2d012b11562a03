"""SQLite under the code of this process, as `./run dev` has it, where PostgreSQL is otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.utils import ConnectionHandler


@contextmanager
def on_sqlite(file: Path) -> Iterator[None]:
    """For this thread; the tables are made where `file` has none."""
    embedded = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}})["default"]
    usual = connections["default"]
    connections["default"] = embedded
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections["default"] = usual
        embedded.close()
