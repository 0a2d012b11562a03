"""Our server, which counts what it does and says so in its log when it is sent SIGUSR1.

python -m tests.counted_server, with the options of realtime.server
"""

import asyncio
import contextvars
import logging
import os
import select
import selectors
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import django

counts: Counter[str] = Counter()

# What of a socket's methods is a system call that writes.
WRITES = ("send", "sendall", "sendmsg", "sendto")


class CountedEpoll:
    """select.epoll, which cannot be inherited from."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.poll, self.fileno, self.close = self._epoll.poll, self._epoll.fileno, self._epoll.close
        for name in ("register", "modify", "unregister"):
            setattr(self, name, counted("epoll_ctl", getattr(self._epoll, name)))


def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def count_and_call(*args: Any, **named: Any) -> Any:
        counts[name] += 1
        return function(*args, **named)

    return count_and_call


def count_calls(where: type | ModuleType, function: str, name: str) -> None:
    setattr(where, function, counted(name, getattr(where, function)))


def counted_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **named: contextvars.Context | None
) -> "asyncio.Task[Any]":
    counts["task"] += 1
    return asyncio.Task(work, loop=loop, **named)  # type: ignore[arg-type]


def count_writes_to_clients(port: int) -> None:
    """Those of connections to our own port: neither what goes to Redis, nor what wakes the loop up."""
    for method in WRITES:
        write = getattr(socket.socket, method)

        def count_and_write(self: socket.socket, *args: Any, _write: Callable[..., Any] = write) -> Any:
            if self.family == socket.AF_INET and self.getsockname()[1] == port:
                counts["send"] += 1
            return _write(self, *args)

        setattr(socket.socket, method, count_and_write)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    selectors.EpollSelector._selector_cls = CountedEpoll  # type: ignore[attr-defined]
    count_writes_to_clients(int(sys.argv[sys.argv.index("--port") + 1]))
    # Only now: Daphne makes its loop when it is imported.
    from daphne.server import twisted_loop

    django.setup()
    from chat import unread
    from realtime import daphne_protocol, frames, presence, relay, server
    from tests.queries import queries_of_all_threads

    count_calls(relay.Relay, "_handle", "message of Redis")
    count_calls(ThreadPoolExecutor, "submit", "thread")
    count_calls(frames, "text_message", "encoding")
    count_calls(frames, "http_chunk", "encoding")
    count_calls(daphne_protocol, "text_message", "encoding")
    # What is done each second, whoever says something or not.
    relay.SWEEP_SECONDS = presence.BEAT_SECONDS = 3600
    unread.LOOK_SECONDS = float(os.environ.get("LOOK_SECONDS", "3600"))
    twisted_loop.set_task_factory(counted_task)
    with queries_of_all_threads() as statements:

        def say() -> None:
            logging.getLogger("counted").info("counts", extra={"counts": counts | Counter(query=len(statements))})

        # By the loop: whatever it is doing when the signal comes belongs to it.
        signal.signal(signal.SIGUSR1, lambda *_: twisted_loop.call_soon_threadsafe(say))
        server.main()


if __name__ == "__main__":
    main()
