"""Database work from a socket's coroutine."""

import asyncio
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

# The pool's and the lock's own patience are 3 s each (config/settings.py). This is for a database that takes what it is
# asked and says nothing: its host hangs, or the network swallows everything.
ANSWER_SECONDS = 8.0

P = ParamSpec("P")
R = TypeVar("R")


@cache
def threads() -> ThreadPoolExecutor:
    """The threads of this process that talk to the database for its sockets.

    Channels would put the database work of all sockets of a process on one thread (channels#2132).
    """
    return ThreadPoolExecutor(max_workers=settings.WS_THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses Django's ORM on a database thread, and wait for it.

    Raises OperationalError when no answer came in time. What was begun may then still be done, so that a write must be
    one that can be repeated.
    """
    call = database_sync_to_async(function, thread_sensitive=False, executor=threads())
    try:
        result: R = await asyncio.wait_for(call(*args, **kwargs), ANSWER_SECONDS)
    except TimeoutError as error:
        raise OperationalError("the database does not answer") from error
    return result
