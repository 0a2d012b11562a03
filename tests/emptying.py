"""How the database is emptied after a test while workers, which serve all tests, look into it of their own accord."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import OperationalError, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

ATTEMPTS = 10


def empty(operations: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
    """As Django does it, but that it gives way: TRUNCATE wants all tables for itself, one after another, and a query
    over several of them may hold one that it waits for while it waits for another.

    It looks for that sooner than PostgreSQL's second, so that it is the one that is refused and not the worker.
    """
    connection: Any = operations.connection
    statements = list(sql_list)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '20ms'")
                for statement in statements:
                    cursor.execute(statement)
        except OperationalError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                raise
        else:
            return
