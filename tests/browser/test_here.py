"""Who is here and who types: both in the room are shown it, each through a worker of their own, and nobody outside."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import room_of

pytestmark = pytest.mark.browser

# docs/protocol.md: so long who lost the connection may take to come back, in seconds.
GRACE = 10.0


def sees_here(visitor: Visitor, *names: str) -> None:
    """Only who is subscribed to the room is shown this at all."""
    expect(visitor.page.locator("#here .count")).to_have_text(str(len(names)))
    visitor.waits_until(lambda: sorted(visitor.page.locator("#here li .name").all_text_contents()) == sorted(names))


def is_told_nothing_of_others(visitor: Visitor) -> None:
    """Whatever was on its way has come when one's own words are there."""
    sees_here(visitor, "carla")
    visitor.says("all quiet")
    visitor.hears("all quiet")
    frames = [frame for frame in visitor.sockets.received if frame["type"] in {"present", "presence", "typing"}]
    assert {frame.get("room", "hers") for frame in frames} == {"hers"}
    assert {user["name"] for frame in frames for user in frame.get("users", frame.get("joined", []))} == {"carla"}
    expect(visitor.page.locator("#here .count")).to_have_text("1")
    expect(visitor.page.locator("#typing")).to_be_empty()


def stops_the_clock(visitor: Visitor) -> None:
    """Of a page with its `own_clock`: nothing is forgotten there any more because time passes."""
    now = datetime.fromtimestamp(visitor.page.evaluate("Date.now()") / 1000, UTC)
    visitor.page.clock.pause_at(now + timedelta(seconds=9))


def test_who_is_here_is_shown_to_those_who_are(visit: Visit, ana: User, berto: User, carla: User, lobby: Room) -> None:
    room_of(carla, "hers")
    # The outsider is at the worker that tells the reader what changes.
    reader, guest, outsider = visit(ana).enters("lobby"), visit(berto), visit(carla).enters("hers")
    sees_here(reader, "ana")
    sees_here(outsider, "carla")
    guest.enters("lobby")
    for visitor in (reader, guest):
        sees_here(visitor, "ana", "berto")
    reader.page.locator("#here button").click()
    expect(reader.page.locator("#here li").filter(visible=True)).to_have_count(2)

    leaving = time.monotonic()
    guest.context.close()
    sees_here(reader, "ana")
    assert time.monotonic() - leaving > GRACE
    is_told_nothing_of_others(outsider)


def test_that_somebody_types_is_shown_until_it_is_said(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    room_of(carla, "hers")
    writer, reader = visit(berto).enters("lobby"), visit(ana, own_clock=True).enters("lobby")
    outsider = visit(carla).enters("hers")
    for visitor in (writer, reader):
        sees_here(visitor, "ana", "berto")
    stops_the_clock(reader)
    writer.composer.press_sequentially("hola")
    expect(reader.page.locator("#typing")).to_have_text("berto is typing…")
    writer.composer.press("Enter")
    reader.hears("hola")
    expect(reader.page.locator("#typing")).to_be_empty()
    expect(writer.page.locator("#typing")).to_be_empty()
    is_told_nothing_of_others(outsider)
