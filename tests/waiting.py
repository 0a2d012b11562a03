"""Waiting for what will happen, never for a length of time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Far more than anything here takes on a busy machine; only what is broken waits this long.
DEADLINE = 30.0


def until(found: Callable[[], T], *, within: float = DEADLINE) -> T:
    """What `found` returns, as soon as that is true."""
    end = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < end, f"nothing after {within} s; the last answer was {value!r}"
        time.sleep(0.01)
    return value
