"""The scenario of the published comparison: every client loses its network for 2 s every 15 s.

The cuts are spread: each client begins at a moment of its own. In turn a cut resets the TCP connection, which the
server learns at once, and goes dark: nothing is read or sent any more while the connection stays as it is, so that the
server goes on writing to it until it finds out by itself.
"""

import asyncio
import random

from tests.chaos.client import Client
from tests.chaos.crowd import Crowd
from tests.chaos.ledger import Ledger

EVERY = 15.0
AWAY = 2.0

# AnyCable's open benchmark, with 10,000 clients.
PUBLISHED = (("AnyCable", 100.0), ("Socket.IO with recovery", 100.0), ("Socket.IO", 84.6), ("Action Cable", 78.1))


async def jitter(crowd: Crowd, seconds: float, rng: random.Random) -> None:
    """Cut everybody again and again, for so long."""
    async with asyncio.TaskGroup() as cutting:
        for client in crowd.clients:
            cutting.create_task(cut_again_and_again(client, seconds, rng))


async def cut_again_and_again(client: Client, seconds: float, rng: random.Random) -> None:
    phase = rng.random() * EVERY
    await asyncio.sleep(phase)
    for number in range(max(1, int((seconds - phase) // EVERY) + 1)):
        client.cut(AWAY, dark=number % 2 == 1)
        await asyncio.sleep(EVERY)


def delivered_percent(ledger: Ledger) -> float:
    """Of what was broadcast, at each listener, so much arrived, each counted once."""
    broadcast = sum(len(room.by_seq) * len(room.listeners) for room in ledger.rooms.values())
    return 100 * ledger.counts.delivered / broadcast if broadcast else 0.0


def comparison(ledger: Ledger, clients: int) -> str:
    percent = delivered_percent(ledger)
    rows = [("Tertulia, here", percent, f"{clients:,} clients"), *((*row, "10,000 clients") for row in PUBLISHED)]
    return "\n".join(f"{name:<24} {figure:6.1f} %  {scale}" for name, figure, scale in rows)
