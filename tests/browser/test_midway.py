"""What one does while something is still on its way, and what came to nothing."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from accounts.models import User
from chat import services
from chat.models import Message, Room
from tests.browser.conftest import Visit
from tests.browser.test_timeline import numbered
from tests.browser.visitor import Visitor
from tests.rooms import room_of

pytestmark = pytest.mark.browser

AROUND = re.compile(r"[?&]around=")


def held_back(visitor: Visitor, path: "str | re.Pattern[str]") -> list[Route]:
    """Requests that wait until they are let go."""
    waiting: list[Route] = []
    visitor.page.route(path, lambda route: waiting.append(route))  # noqa: PLW0108 - a builtin is no handler
    return waiting


def opens_at_the_end_with_a_quote_of(seq: int, visit: Visit, ana: User, berto: User, lobby: Room) -> Visitor:
    numbered(lobby, ana, 300)
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="as I said", reply_to=seq)
    reader = visit(berto).enters("lobby")
    expect(reader.bubble("as I said").locator(".quote .who")).to_have_text("ana")
    return reader


def numbers(visitor: Visitor) -> list[int]:
    return [int(text.removeprefix("number ")) for text in visitor.texts() if text.startswith("number ")]


def test_what_is_typed_on_the_way_to_another_room_is_said_in_neither(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    room_of(ana, "plaza")
    services.join_room(user=berto, slug="plaza")
    writer = visit(berto).enters("lobby")
    writer.composer.focus()
    waiting = held_back(writer, "**/rooms/plaza/")
    writer.page.keyboard.press("Alt+ArrowDown")
    writer.waits_until(lambda: waiting)
    writer.page.keyboard.type("ok")
    writer.page.keyboard.press("Enter")
    waiting[0].continue_()
    writer.sees_heading("Plaza")
    expect(writer.composer).to_be_focused()
    expect(writer.composer).to_have_value("")
    writer.says("here")
    writer.hears("here")
    assert [message.body for message in Message.objects.all()] == ["here"]


def test_older_messages_asked_for_during_a_jump_belong_to_where_it_leads(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    reader = opens_at_the_end_with_a_quote_of(3, visit, ana, berto, lobby)
    waiting = held_back(reader, AROUND)
    reader.bubble("as I said").locator(".quote").click()
    reader.waits_until(lambda: waiting)
    # Asked for by the button, since what the observer sees depends on how long the jump takes.
    reader.page.locator("#older button").evaluate("button => button.click()")
    with reader.page.expect_response(re.compile(r"[?&]before=")) as older:
        waiting[0].continue_()
    older.value.finished()
    reader.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    shown = numbers(reader)
    assert 3 in shown
    assert shown == list(range(shown[0], shown[0] + len(shown)))


def test_a_jump_that_fails_leads_nowhere(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    reader = opens_at_the_end_with_a_quote_of(3, visit, ana, berto, lobby)
    waiting = held_back(reader, AROUND)
    quote = reader.bubble("as I said").locator(".quote")
    quote.click()
    reader.waits_until(lambda: waiting)
    with reader.page.expect_event("requestfailed"):
        waiting[0].abort()
    reader.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert reader.page.locator(".found").count() == 0
    expect(reader.bubble("as I said")).to_be_in_viewport()
    expect(quote).to_be_focused()

    # The next one does.
    reader.page.unroute(AROUND)
    quote.click()
    expect(reader.page.locator(".found")).to_contain_text("number 3")
    reader.forgives("ERR_FAILED")
