"""Sees off the sockets of a process that is about to leave, so that they do not all come back at the same moment."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from realtime.close_codes import GOING_AWAY
from realtime.relay import Relay
from realtime.socket import Socket

logger = logging.getLogger(__name__)


async def see_everyone_off(relay: Relay, *, hurry: asyncio.Event) -> None:
    """From now on nobody new is let in, and who is there is given DRAIN_SECONDS."""
    relay.leaving = True
    sockets = relay.attached
    logger.info("leaving", extra={"sockets": len(sockets), "seconds": settings.DRAIN_SECONDS})
    await see_off(sockets, seconds=settings.DRAIN_SECONDS, hurry=hurry)


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
