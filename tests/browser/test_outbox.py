"""What was written and not acknowledged: it outlives the page, and arrives once, from whom it is."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
from playwright.sync_api import Error, WebSocketRoute, expect

from accounts.models import User
from chat import services
from chat.models import Message, Room
from tests.browser.conftest import Visit
from tests.browser.indexed_db import stored
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.conftest import StartWorker
from tests.people import browser_of
from tests.rooms import room_of

pytestmark = pytest.mark.browser


def in_the_room(slug: str = "lobby") -> list[tuple[str, str]]:
    """Who said what, as the database has it."""
    messages = Message.objects.filter(room__slug=slug).order_by("seq")
    return list(messages.values_list("author__username", "body"))


def writes_offline(writer: Visitor, user: User, text: str) -> None:
    """Writes it without a network, and waits until it is on the disk."""
    writer.loses_the_network()
    writer.says(text)
    writer.waits_until(lambda: text in stored(writer, user))


def test_a_post_written_offline_survives_a_reload_and_arrives_once(visit: Visit, ana: User, berto: User) -> None:
    writer, reader = visit(ana, own_clock=True).enters("lobby"), visit(berto).enters("lobby")
    assert not writer.page.locator(".offline").is_visible()
    writes_offline(writer, ana, "not lost")
    writer.sees("What you write is kept, and sent when you are back.")
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        writer.page.reload()
    assert in_the_room() == []
    writer.context.set_offline(False)
    writer.may_complain("ERR_INTERNET_DISCONNECTED")
    writer.enters("lobby")
    writer.hears("not lost")
    reader.hears("not lost")
    assert writer.texts() == reader.texts() == ["not lost"]
    assert in_the_room() == [("ana", "not lost")]
    writer.waits_until(lambda: stored(writer, ana) == [])


def test_what_waits_is_shown_as_waiting_when_the_page_is_back(visit: Visit, ana: User) -> None:
    writer = visit(ana, own_clock=True).enters("lobby")
    writes_offline(writer, ana, "still here")
    cut_off = writer.in_another_tab()
    writer.page.close()
    writer.context.set_offline(False)
    cut_off.is_cut_off()
    assert cut_off.goes_to("/rooms/lobby/") == 200
    expect(cut_off.bubble("still here")).to_have_attribute("data-state", "queued")
    assert in_the_room() == []


@pytest.mark.parametrize("end", ["closed", "crashed"])
def test_a_post_survives_the_end_of_its_page_and_is_sent_from_any_room(
    visit: Visit, ana: User, lobby: Room, end: str
) -> None:
    room_of(ana, "plaza")
    writer = visit(ana, own_clock=True).enters("lobby")
    elsewhere = writer.in_another_tab()
    writes_offline(writer, ana, "from the dead")
    if end == "closed":
        writer.page.close(run_before_unload=True)
        elsewhere.waits_until(writer.page.is_closed)
    else:
        with writer.page.expect_event("crash"), suppress(Error):
            writer.page.goto("chrome://crash")
        writer.page.close()
    assert in_the_room() == []
    writer.context.set_offline(False)
    elsewhere.enters("plaza")
    elsewhere.waits_until(lambda: in_the_room() == [("ana", "from the dead")])
    assert elsewhere.texts() == []
    elsewhere.waits_until(lambda: stored(elsewhere, ana) == [])


def test_another_tab_shows_what_a_tab_writes_and_sends_it_once_that_is_gone(
    visit: Visit, ana: User, berto: User
) -> None:
    living, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    cut_off = living.in_another_tab()
    cut_off.is_cut_off()
    assert cut_off.goes_to("/rooms/lobby/") == 200
    cut_off.says("my last words")
    expect(living.bubble("my last words")).to_have_attribute("data-state", "queued")

    living.says("I still live")
    reader.hears("I still live")
    assert in_the_room() == [("ana", "I still live")]

    cut_off.page.close()
    for visitor in (living, reader):
        visitor.hears("my last words")
        assert sorted(visitor.texts()) == ["I still live", "my last words"]
    assert len(in_the_room()) == 2


def test_two_tabs_show_the_same_and_nothing_twice(visit: Visit, ana: User, berto: User) -> None:
    one, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    two = one.in_another_tab().enters("lobby")
    one.says("from one")
    two.hears("from one")
    two.says("from two")
    for visitor in (one, two, reader):
        visitor.hears("from two")
        assert visitor.texts() == ["from one", "from two"]


def test_a_failed_post_is_there_after_a_reload_and_can_be_discarded_in_another_tab(visit: Visit, ana: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.says("no\0body")
    writer.sees("Not sent: the server refused it.")
    other = writer.in_another_tab().enters("lobby")
    writer.page.reload()
    writer.sees("Not sent: the server refused it.")
    other.sees("Not sent: the server refused it.")
    other.presses("Discard")
    for visitor in (writer, other):
        expect(visitor.page.locator(".message")).to_have_count(0)
    writer.waits_until(lambda: stored(writer, ana) == [])


def test_nobody_else_sends_it_on_the_same_browser(visit: Visit, ana: User, berto: User) -> None:
    visitor = visit(ana, own_clock=True).enters("lobby")
    writes_offline(visitor, ana, "as ana")
    tab = visitor.in_another_tab()
    visitor.page.close()
    visitor.context.set_offline(False)

    tab.signs_in_as(browser_of(berto).session_key)
    tab.enters("lobby")
    tab.says("as berto")
    tab.hears("as berto")
    assert tab.texts() == ["as berto"]
    assert in_the_room() == [("berto", "as berto")]

    tab.signs_in_as(browser_of(ana).session_key)
    tab.enters("lobby")
    tab.hears("as ana")
    assert in_the_room() == [("berto", "as berto"), ("ana", "as ana")]


def test_a_page_that_is_open_while_somebody_else_signs_in_sends_nothing_as_them(
    visit: Visit, ana: User, berto: User
) -> None:
    visitor = visit(ana, own_clock=True).enters("lobby")
    visitor.loses_the_network()
    visitor.says("as ana")
    visitor.signs_in_as(browser_of(berto).session_key)
    visitor.context.set_offline(False)
    visitor.sees("Somebody else is signed in here now.")
    visitor.may_complain("ERR_INTERNET_DISCONNECTED")
    expect(visitor.bubble("as ana")).to_have_attribute("data-state", "queued")
    assert in_the_room() == []
    assert stored(visitor, ana) == ["as ana"]


def test_a_page_may_be_left_without_a_question_once_what_was_written_is_stored(visit: Visit, ana: User) -> None:
    writer = visit(ana, own_clock=True).enters("lobby")
    rest = writer.in_another_tab()
    writes_offline(writer, ana, "goodbye")
    asked: list[str] = []
    writer.page.on("dialog", lambda dialog: asked.append(dialog.type))
    writer.page.close(run_before_unload=True)
    rest.waits_until(writer.page.is_closed)
    assert asked == []


def watches_the_status(visitor: Visitor) -> None:
    visitor.page.evaluate(
        """() => {
            const status = document.querySelector('#status');
            self.seen = [];
            new MutationObserver(() => seen.push(status.dataset.state)).observe(status, { attributes: true });
        }"""
    )


def noticed(visitor: Visitor) -> set[str]:
    """What the status has said since then, besides that all is well."""
    return set(visitor.page.evaluate("seen")) - {"online"}


def test_a_worker_that_drains_is_not_noticed(
    visit: Visit, sites: list[Site], start_worker: StartWorker, ana: User, berto: User
) -> None:
    origins = ",".join(site.url for site in sites)
    leaving, staying = (start_worker(ORIGINS=origins, DRAIN_SECONDS="3") for _ in range(2))
    visitors = [visit(ana), visit(berto)]
    for visitor in visitors:
        visitor.speaks_to(leaving.port)
        visitor.enters("lobby")
        watches_the_status(visitor)
        visitor.page.evaluate("port => self.port = port", staying.port)

    leaving.process.terminate()
    said: list[str] = []
    while leaving.process.poll() is None or len(said) < 20:
        said.append(f"message {len(said)}")
        speaker, listener = visitors
        speaker.says(said[-1])
        listener.hears(said[-1])
        visitors.reverse()
    for visitor in visitors:
        assert visitor.texts() == said
        assert noticed(visitor) == set()
    assert leaving.wait() == 0
    assert in_the_room() == [(("ana", "berto")[number % 2], body) for number, body in enumerate(said)]


def test_a_close_without_a_warning_is_not_noticed_either(visit: Visit, ana: User, berto: User) -> None:
    visitor, other = visit(ana, own_clock=True), visit(berto).enters("lobby")
    routes: list[WebSocketRoute] = []

    def pass_on(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server()

    visitor.page.route_web_socket("**/ws/chat/", pass_on)
    visitor.enters("lobby")
    watches_the_status(visitor)

    routes[0].send(json.dumps({"type": "reconnect", "after_ms": 500}))
    visitor.waits_until(lambda: len(routes) == 2)
    for number in range(3):
        visitor.says(f"mine {number}")
        other.hears(f"mine {number}")
    # Nobody notices what is over within two seconds. These are counted by a clock that stands still, but for the wait
    # before the next attempt: however busy the machine is, they do not pass meanwhile.
    visitor.time_stops()
    routes[1].close(code=1012)
    visitor.page.clock.run_for(600)
    services.post_message(by=berto, slug="lobby", client_id=uuid4(), body="while you were out")
    visitor.says("back already")
    visitor.hears("while you were out")
    other.hears("back already")
    assert len(routes) == 3
    assert sorted(visitor.texts()) == sorted(other.texts())
    assert noticed(visitor) == set()
