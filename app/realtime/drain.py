"""Sees off the sockets of a process that is about to leave, so that they do not all come back at the same moment."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

from realtime.close_codes import GOING_AWAY
from realtime.socket import Socket


async def see_off(sockets: Sequence[Socket], *, seconds: float, hurry: asyncio.Event) -> None:
    """Give each a time within `seconds`, tell it, and close it with 1012 as its time comes; all at once on `hurry`."""
    order = list(sockets)
    random.shuffle(order)
    step = seconds / max(1, len(order))
    for number, socket in enumerate(order):
        socket.say_farewell(round(number * step * 1000))
    begin = asyncio.get_running_loop().time()
    for number, socket in enumerate(order):
        await _until(begin + number * step, hurry)
        socket.close(GOING_AWAY)


async def _until(moment: float, hurry: asyncio.Event) -> None:
    wait = moment - asyncio.get_running_loop().time()
    if wait > 0 and not hurry.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(hurry.wait(), wait)
