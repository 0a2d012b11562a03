"""What was said before: it is there, page by page, and the reader keeps their place."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

SAID = [f"message {number}" for number in range(1, 151)]


@pytest.fixture
def talk(ana: User, berto: User, lobby: Room) -> None:
    """A hundred and fifty messages, by two people in turn."""
    for number, body in enumerate(SAID):
        services.post_message(by=(ana, berto)[number % 2], slug="lobby", client_id=uuid4(), body=body)


def height_of(visitor: Visitor, text: str) -> float:
    box = visitor.bubble(text).bounding_box()
    assert box is not None
    return box["y"]


def scroll(visitor: Visitor, to: str) -> None:
    visitor.page.locator("#scroller").evaluate(f"scroller => scroller.scrollTop = {to}")


def test_older_pages_come_in_above_and_the_reader_keeps_their_place(visit: Visit, ana: User, talk: None) -> None:
    reader = visit(ana).enters("lobby")
    assert reader.texts() == SAID[100:]
    expect(reader.bubble(SAID[-1])).to_be_in_viewport()

    scroll(reader, "0")
    before = height_of(reader, SAID[100])
    reader.waits_until(lambda: reader.texts() == SAID[50:])
    assert height_of(reader, SAID[100]) == pytest.approx(before, abs=40)  # a name may come between

    # By itself: a pointer would scroll the button into sight first, and that is enough to load what it stands for.
    reader.page.get_by_role("button", name="Show older messages").evaluate("button => button.click()")
    reader.waits_until(lambda: reader.texts() == SAID)
    expect(reader.page.locator("#older")).to_be_hidden()


def test_who_reads_back_is_told_of_the_new_and_not_moved(visit: Visit, ana: User, berto: User, talk: None) -> None:
    reader = visit(ana).enters("lobby")
    scroll(reader, "scroller.scrollHeight / 2")
    expect(reader.page.locator("#newest")).to_have_class(re.compile("shown"))
    before = height_of(reader, SAID[120])
    services.post_message(by=berto, slug="lobby", client_id=uuid4(), body="something new")
    reader.hears("something new")
    assert height_of(reader, SAID[120]) == before
    reader.presses("New messages")
    expect(reader.bubble("something new")).to_be_in_viewport()


def test_a_page_that_cannot_be_loaded_says_so_and_can_be_asked_for_again(visit: Visit, ana: User, talk: None) -> None:
    reader = visit(ana).enters("lobby")
    pages = "**/api/v1/rooms/lobby/messages/**"
    reader.page.route(pages, lambda route: route.abort())
    scroll(reader, "0")
    reader.sees("The older messages could not be loaded.")
    reader.forgives("ERR_FAILED")
    reader.page.unroute(pages)
    reader.presses("Show older messages")
    reader.waits_until(lambda: reader.texts() == SAID[50:])


def test_who_was_away_for_more_than_the_log_is_replayed_sees_the_newest_page(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    reader = visit(berto, own_clock=True).enters("lobby")
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="long ago")
    reader.hears("long ago")
    reader.loses_the_network()
    for number in range(501):
        services.post_message(by=ana, slug="lobby", client_id=uuid4(), body=f"while away {number}")
    reader.has_the_network_again()
    reader.hears("while away 500")
    assert reader.texts() == [f"while away {number}" for number in range(451, 501)]
    scroll(reader, "0")
    reader.waits_until(lambda: len(reader.texts()) == 100)
