"""Frames wait for their turn, and not too many of them."""

import asyncio

import pytest

from realtime.inbox import Inbox


class Clerk:
    """Handles frames, one at a time, as long as the office is open."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.at_once = 0
        self.open = asyncio.Event()
        self.open.set()

    async def handle(self, frame: str) -> None:
        self.at_once += 1
        assert self.at_once == 1
        await self.open.wait()
        await asyncio.sleep(0)
        self.handled.append(frame)
        self.at_once -= 1


@pytest.fixture
async def clerk() -> Clerk:
    return Clerk()


async def test_frames_are_handled_one_after_another_in_order(clerk: Clerk) -> None:
    inbox = Inbox(clerk.handle, bound=10)
    assert all(inbox.put(frame) for frame in "abc")
    await inbox.finish()
    assert clerk.handled == ["a", "b", "c"]
    assert inbox.put("d")
    await inbox.finish()
    assert clerk.handled == ["a", "b", "c", "d"]


async def test_more_than_the_bound_do_not_wait(clerk: Clerk) -> None:
    clerk.open.clear()
    inbox = Inbox(clerk.handle, bound=2)
    assert inbox.put("a")
    await asyncio.sleep(0)  # it is being handled, and waits no more
    assert [inbox.put(frame) for frame in "bcd"] == [True, True, False]
    clerk.open.set()
    await inbox.finish()
    assert clerk.handled == ["a", "b", "c"]
    assert inbox.put("e")
    await inbox.finish()


async def test_no_task_is_left_when_there_is_nothing_to_do(clerk: Clerk) -> None:
    before = asyncio.all_tasks()
    inbox = Inbox(clerk.handle, bound=10)
    inbox.put("a")
    await inbox.finish()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_what_is_stopped_is_not_handled(clerk: Clerk) -> None:
    clerk.open.clear()
    inbox = Inbox(clerk.handle, bound=10)
    for frame in "abc":
        inbox.put(frame)
    await asyncio.sleep(0)
    inbox.stop()
    clerk.open.set()
    await inbox.finish()
    assert clerk.handled == []
