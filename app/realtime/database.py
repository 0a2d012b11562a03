"""Database work from a socket's coroutine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

# What Django and the pool raise when the database cannot be reached or does not come to it in time. Not DatabaseError:
# a query that is wrong is a fault of ours, and no outage.
DATABASE_GONE = (OperationalError, InterfaceError, PoolTimeout)

P = ParamSpec("P")
R = TypeVar("R")


@cache
def threads() -> ThreadPoolExecutor:
    """The threads of this process that talk to the database for its sockets.

    Channels would put the database work of all sockets of a process on one thread (channels#2132).
    """
    return ThreadPoolExecutor(max_workers=settings.WS_THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses Django's ORM on a database thread, and wait for it."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=threads())
    result: R = await call(*args, **kwargs)
    return result
