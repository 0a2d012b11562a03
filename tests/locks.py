"""A row that somebody keeps to themselves, and those who wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db.models import Model
from psycopg.sql import SQL, Identifier

from tests.workers import url_of_test_database


@contextmanager
def locked(row: Model) -> Iterator[None]:
    """As by a transaction that hangs: an operator's console, a query that does not end."""
    find = SQL("SELECT 1 FROM {} WHERE id = %s FOR UPDATE").format(Identifier(row._meta.db_table))
    with psycopg.connect(url_of_test_database()) as console:
        console.execute(find, [row.pk])
        yield
        console.rollback()


def somebody_waits() -> bool:
    """Whether any session of the tests' database waits for a lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(url_of_test_database(), autocommit=True) as looker:
        return looker.execute(waiting).fetchone() is not None
