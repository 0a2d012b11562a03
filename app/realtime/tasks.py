"""Work that outlives the request which happened to start it."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

R = TypeVar("R")

# The loop itself refers to its tasks weakly: one that nobody keeps may vanish while it waits.
_running: "set[asyncio.Task[Any]]" = set()


def background(work: Coroutine[Any, Any, R]) -> "asyncio.Task[R]":
    """Start `work` in a context of its own, so that its log lines do not carry a stranger's request id."""
    task = asyncio.get_running_loop().create_task(work, context=Context())
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task
