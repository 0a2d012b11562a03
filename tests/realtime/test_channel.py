"""A consumer's own channel: read while the layer is there, done without while it is not, and left behind nowhere."""

import asyncio
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from realtime import channel as module
from realtime.channel import OwnChannel
from tests.realtime.doubles import happens


class MoodyLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Channels' own, in memory. As Redis' layer does, it writes a channel down before it asks whether it can be had."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.silent = False
        self.asked: set[str] = set()

    async def receive(self, channel: str) -> dict[str, Any]:
        self.asked.add(channel)
        if channel not in self.channels:
            self.channels[channel] = asyncio.Queue()
            if self.silent:
                await asyncio.Event().wait()
            if self.failures:
                self.failures -= 1
                raise ConnectionError("nobody is there")
        message: dict[str, Any] = await super().receive(channel)
        return message


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.001)


@pytest.fixture
async def layer() -> MoodyLayer:
    return MoodyLayer()


class Hearer:
    """Handles events, and some of them badly."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] == "bad":
            raise ValueError("this cannot be handled")
        self.heard.append(message["type"])


async def test_what_is_sent_to_it_is_handled(layer: MoodyLayer) -> None:
    hearer = Hearer()
    channel = OwnChannel(layer, hearer.dispatch)
    await happens(lambda: channel.name in layer.asked)
    for kind in ("one", "bad", "two"):
        await layer.send(channel.name, {"type": kind})
    await happens(lambda: hearer.heard == ["one", "two"])
    channel.close()
    await happens(lambda: channel.name not in layer.channels)


async def test_it_comes_when_the_layer_does(layer: MoodyLayer) -> None:
    layer.failures = 3
    hearer = Hearer()
    channel = OwnChannel(layer, hearer.dispatch)
    await happens(lambda: layer.failures == 0)
    while not hearer.heard:  # what is sent before it is back is lost, as in life
        await layer.send(channel.name, {"type": "one"})
        await asyncio.sleep(0.001)
    channel.close()
    await happens(lambda: not layer.channels)


async def test_it_can_join_a_group_at_once(layer: MoodyLayer) -> None:
    """In the tutorial's way: `group_add(…, self.channel_name)`. Redis' layer refuses a channel that nobody reads."""
    channel = OwnChannel(layer, Hearer().dispatch)
    assert channel.name in layer.channels
    channel.close()
    await happens(lambda: not layer.channels)


async def test_who_is_cut_short_while_it_lets_go_leaves_nothing_behind(layer: MoodyLayer) -> None:
    """Whichever of its steps the end falls into."""
    layer.failures = 10**6
    before = asyncio.all_tasks()
    for steps in range(30):
        channel = OwnChannel(layer, Hearer().dispatch)
        for _ in range(steps):
            await asyncio.sleep(0)
        channel.close()
    await happens(lambda: asyncio.all_tasks() <= before and not layer.channels)


@pytest.mark.parametrize("silent", [True, False])
async def test_who_leaves_while_the_layer_is_gone_leaves_nothing_behind(layer: MoodyLayer, silent: bool) -> None:
    layer.silent, layer.failures = silent, 10**6
    before = asyncio.all_tasks()
    channels = [OwnChannel(layer, Hearer().dispatch) for _ in range(20)]
    await asyncio.sleep(0.01)
    for channel in channels:
        channel.close()
    await happens(lambda: asyncio.all_tasks() <= before and not layer.channels)
