"""Work that outlives the request which happened to start it."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any


def background(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Start `work` in a context of its own, so that its log lines do not carry a stranger's request id."""
    return asyncio.get_running_loop().create_task(work, context=Context())
