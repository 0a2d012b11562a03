"""What is done is taken back, however a run ends."""

import asyncio

import pytest

from tests.chaos.fault import AtOnce, Fault


def fault(name: str, done: list[str]) -> Fault:
    return Fault(name, lambda: done.append(name), lambda: done.append(f"no {name}"))


def void(_: object) -> None:
    """What a call returns that is not looked at."""


async def test_a_fault_is_taken_back() -> None:
    done: list[str] = []
    await fault("pause", done).happen()
    assert done == ["pause", "no pause"]


async def test_a_fault_is_taken_back_when_the_run_is_given_up() -> None:
    done: list[str] = []
    struck, loop = asyncio.Event(), asyncio.get_running_loop()
    endless = Fault("pause", lambda: void(loop.call_soon_threadsafe(struck.set)), lambda: done.append("no pause"), 3600)
    happening = asyncio.create_task(endless.happen())
    await struck.wait()
    happening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await happening
    assert done == ["no pause"]


async def test_of_two_at_once_both_are_taken_back_though_one_fails() -> None:
    done: list[str] = []

    def fail() -> None:
        raise AssertionError("it cannot be paused")

    pair = AtOnce([Fault("broken", fail), fault("pause", done)])
    assert pair.name == "broken + pause"
    with pytest.raises(AssertionError, match="it cannot be paused"):
        await pair.happen()
    assert done == ["pause", "no pause"]
