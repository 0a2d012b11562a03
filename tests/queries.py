"""What is asked of the database, from whichever thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


@contextmanager
def queries_of_all_threads() -> Iterator[list[str]]:
    """Every statement from now on, but for those of connections that are open already."""
    statements: list[str] = []
    watched: list[BaseDatabaseWrapper] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)
            watched.append(connection)

    connection_created.connect(watch)
    try:
        yield statements
    finally:
        connection_created.disconnect(watch)
        for connection in watched:
            connection.execute_wrappers.remove(note)


def table_of(statement: str) -> str:
    """The first table that a statement names."""
    words = statement.replace('"', " ").split()
    return next(word for word in words if word.startswith(("chat_", "accounts_", "django_")) and "." not in word)
