"""A process is in the groups that it wants to be in, as soon as the channel layer lets it."""

import asyncio
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from realtime import groups as module
from realtime.groups import Groups
from tests.realtime.doubles import happens


class MoodyLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Channels' own, in memory; it fails, or hangs, for as long as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    async def new_channel(self, prefix: str = "specific.") -> str:
        await self._mood()
        name: str = await super().new_channel(prefix)
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.asked += 1
        await super().group_add(group, channel)  # as in Redis' layer: it is written down first
        await self._mood()

    async def group_discard(self, group: str, channel: str) -> None:
        await self._mood()
        await super().group_discard(group, channel)

    async def _mood(self) -> None:
        await self.answers.wait()
        if self.fails:
            raise ConnectionError("nobody is there")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.001)


@pytest.fixture
async def layer() -> MoodyLayer:
    return MoodyLayer()


async def test_what_is_sent_to_a_group_that_was_joined_arrives(layer: MoodyLayer) -> None:
    groups = Groups(layer)
    groups.join("room.1")
    await groups.settled("room.1", within=30)
    heard: list[dict[str, Any]] = []
    listening = asyncio.create_task(groups.listen(heard.append))
    await layer.group_send("room.1", {"type": "hola"})
    await happens(lambda: heard == [{"type": "hola"}])
    listening.cancel()


async def test_joining_is_tried_until_it_works(layer: MoodyLayer) -> None:
    layer.fails = True
    groups = Groups(layer)
    groups.join("room.1")
    await asyncio.sleep(0.01)
    layer.fails = False
    await happens(lambda: "room.1" in layer.groups)


async def test_nobody_waits_long_for_a_layer_that_says_nothing(layer: MoodyLayer) -> None:
    layer.answers.clear()
    groups = Groups(layer)
    groups.join("room.1")
    await groups.settled("room.1", within=0.01)
    assert "room.1" not in layer.groups
    layer.answers.set()
    await happens(lambda: "room.1" in layer.groups)


async def test_nobody_waits_at_all_for_a_layer_that_has_just_failed(layer: MoodyLayer) -> None:
    layer.fails = True
    groups = Groups(layer)
    groups.join("room.1")
    await asyncio.sleep(0.01)
    groups.join("room.2")
    async with asyncio.timeout(30):
        await groups.settled("room.2", within=3600)
    groups.stop()


async def test_what_is_left_before_it_was_joined_is_not_joined(layer: MoodyLayer) -> None:
    layer.answers.clear()
    groups = Groups(layer)
    groups.join("room.1")
    await asyncio.sleep(0)
    groups.leave("room.1")
    layer.answers.set()
    await happens(lambda: not groups._work)
    assert "room.1" not in layer.groups


async def test_what_is_left_after_a_failed_attempt_is_left_whole(layer: MoodyLayer) -> None:
    groups = Groups(layer)
    groups.join("control")
    await groups.settled("control", within=30)
    layer.fails = True
    groups.join("room.1")
    await happens(lambda: layer.asked > 1)
    groups.leave("room.1")
    layer.fails = False
    await happens(lambda: not groups._work)
    assert set(layer.groups) == {"control"}


async def test_the_last_word_counts(layer: MoodyLayer) -> None:
    groups = Groups(layer)
    for _ in range(5):
        groups.join("room.1")
        await asyncio.sleep(0)
        groups.leave("room.1")
        groups.join("room.1")
    await happens(lambda: not groups._work)
    assert "room.1" in layer.groups
    groups.leave("room.1")
    await happens(lambda: not groups._work)
    assert "room.1" not in layer.groups
