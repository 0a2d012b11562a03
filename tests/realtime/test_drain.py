"""How the sockets of a process that leaves are seen off."""

import asyncio
import json

import pytest

from realtime.drain import see_off
from realtime.socket import Socket
from tests.realtime.doubles import Notebook


class Guest:
    """A socket that is told when to come back."""

    def __init__(self) -> None:
        self.notebook = Notebook()
        self.socket = Socket(self.notebook, keys=frozenset(), slow_reader_bytes=1000)
        self.socket.farewell = json.dumps

    @property
    def told(self) -> list[int]:
        return [json.loads(frame) for frame in self.notebook.written]


@pytest.fixture
def guests() -> list[Guest]:
    return [Guest() for _ in range(4)]


async def test_the_times_are_spread_evenly(guests: list[Guest]) -> None:
    await see_off([guest.socket for guest in guests], seconds=0.04, hurry=asyncio.Event())
    assert sorted(guest.told for guest in guests) == [[0], [10], [20], [30]]
    assert [guest.notebook.code for guest in guests] == [1012] * 4


async def test_nobody_is_closed_before_their_time(guests: list[Guest]) -> None:
    leaving = asyncio.create_task(see_off([guest.socket for guest in guests], seconds=3600, hurry=asyncio.Event()))
    await asyncio.sleep(0.01)
    assert {guest.told[0]: guest.notebook.code for guest in guests} == {
        0: 1012,
        900_000: None,
        1_800_000: None,
        2_700_000: None,
    }
    leaving.cancel()


async def test_in_a_hurry_all_are_closed_at_once(guests: list[Guest]) -> None:
    hurry = asyncio.Event()
    leaving = asyncio.create_task(see_off([guest.socket for guest in guests], seconds=3600, hurry=hurry))
    await asyncio.sleep(0.01)
    hurry.set()
    async with asyncio.timeout(30):
        await leaving
    assert [guest.notebook.code for guest in guests] == [1012] * 4


async def test_who_cannot_be_told_is_closed_all_the_same(guests: list[Guest]) -> None:
    guests[0].socket.farewell = None
    guests[1].notebook.broken = True
    await see_off([guest.socket for guest in guests], seconds=0, hurry=asyncio.Event())
    assert [guest.socket.closed for guest in guests] == [True] * 4
    assert guests[0].told == []
    assert guests[0].notebook.code == 1012


async def test_with_nobody_there_it_is_over() -> None:
    await see_off([], seconds=3600, hurry=asyncio.Event())
