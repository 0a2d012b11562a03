"""The list of messages: what is new, where the reader is, and that neither much nor sudden things disturb it."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast, Concat
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.editing import edit_message
from chat.models import Membership, Message, Room
from chat.services import mark_read
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import fill, say

pytestmark = pytest.mark.browser

SEQS = "messages => messages.map(message => message.dataset.seq)"

# What timeline and picture hold at the most: picture.js, MOST.
MOST_ROWS = 300


def numbered(room: Room, by: User, number: int) -> None:
    """Messages that are told apart by their text, which names their seq."""
    fill(room, by, number)
    html = Concat(Value("<p>number "), Cast("seq", CharField()), Value("</p>"), output_field=TextField())
    body = Concat(Value("number "), Cast("seq", CharField()), output_field=TextField())
    Message.objects.filter(room=room).update(body=body, html=html)


def scroll(visitor: Visitor, to: str) -> None:
    visitor.page.locator("#scroller").evaluate(f"scroller => scroller.scrollTop = {to}")


def scrolls_until(visitor: Visitor, to: str, found: Callable[[], object]) -> None:
    """Goes there again and again, as pages come in."""

    def found_there() -> object:
        scroll(visitor, to)
        return found()

    visitor.waits_until(found_there)


def top_of(visitor: Visitor, text: str) -> float:
    box = visitor.bubble(text).bounding_box()
    assert box is not None
    return box["y"]


def lines(visitor: Visitor) -> list[str]:
    """The rows of the list, lines in brackets."""
    rows: list[str] = visitor.page.locator(".messages > li").evaluate_all(
        "rows => rows.map(row => row.querySelector('.body')?.innerText.trim() ?? `[${row.innerText.trim()}]`)"
    )
    return rows


# --- new since you were here ---


def test_a_line_parts_what_was_seen_from_what_is_new_and_stays(visit: Visit, ana: User, berto: User) -> None:
    seen = say(ana, "lobby", "seen")
    mark_read(by=berto, slug="lobby", seq=seen)
    say(ana, "lobby", "new")
    reader = visit(berto).enters("lobby")
    expected = ["[Today]", "seen", "[New since you were here]", "new"]
    assert lines(reader) == expected
    reader.waits_until(lambda: Membership.objects.get(user=berto, room__slug="lobby").read_seq > seen)
    say(ana, "lobby", "newer")
    reader.hears("newer")
    assert lines(reader) == [*expected, "newer"]
    head = Room.objects.get(slug="lobby").seq
    reader.waits_until(lambda: Membership.objects.get(user=berto, room__slug="lobby").read_seq == head)
    assert lines(reader.enters("lobby")) == ["[Today]", "seen", "new", "newer"]


def test_who_had_seen_all_sees_no_line_when_more_is_said(visit: Visit, ana: User, berto: User) -> None:
    mark_read(by=berto, slug="lobby", seq=say(ana, "lobby", "seen"))
    reader = visit(berto).enters("lobby")
    say(ana, "lobby", "live")
    reader.hears("live")
    assert lines(reader) == ["[Today]", "seen", "live"]


# --- a window into a long room ---


def test_a_link_into_a_long_room_opens_around_it_and_leads_to_the_end(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    numbered(lobby, ana, 400)
    reader = visit(berto)
    reader.goes_to("/rooms/lobby/?at=100")
    reader.is_connected()
    expect(reader.bubble("number 100")).to_be_focused()
    expect(reader.bubble("number 100")).to_be_in_viewport()
    assert "number 400" not in reader.texts()
    expect(reader.page.get_by_role("button", name="To the newest")).to_be_visible()

    say(ana, "lobby", "live")
    expect(reader.page.get_by_role("button", name="New messages")).to_be_visible()
    assert "live" not in reader.texts()

    before = top_of(reader, "number 100")
    scroll(reader, "scroller.scrollTop + 1")
    assert top_of(reader, "number 100") == before - 1
    scrolls_until(reader, "scroller.scrollHeight", lambda: "live" in reader.texts())
    # The last page may have come after it was scrolled, and before it was looked.
    scroll(reader, "scroller.scrollHeight")
    expect(reader.page.locator("#newest")).to_be_hidden()
    shown = reader.texts()
    first = int(shown[0].removeprefix("number "))
    last = int(shown[-2].removeprefix("number "))
    assert shown == [*(f"number {number}" for number in range(first, last + 1)), "live"]
    assert first < last == Message.objects.filter(body__startswith="number").latest("seq").seq
    expect(reader.bubble("live")).to_be_in_viewport()
    say(ana, "lobby", "and on")
    reader.hears("and on")
    expect(reader.bubble("and on")).to_be_in_viewport()


def test_who_comes_to_a_message_has_not_read_what_stands_below(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    """Also where the newest is on the same page, so near is it."""
    numbered(lobby, ana, 30)
    newest = Message.objects.latest("seq").seq
    reader = visit(berto)
    reader.goes_to("/rooms/lobby/?at=10")
    reader.is_connected()
    expect(reader.bubble("number 10")).to_be_in_viewport()
    expect(reader.page.locator("#newest")).to_have_class(re.compile("shown"))
    assert newest in [int(number) for number in reader.page.locator("[data-seq]").evaluate_all(SEQS)]
    assert [frame for frame in reader.sockets.sent if frame["type"] == "read"] == []
    reader.presses("To the newest")
    reader.waits_until(lambda: Membership.objects.get(user=berto, room=lobby).read_seq == newest)


def test_to_the_newest_leads_back_to_the_live_end(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    numbered(lobby, ana, 300)
    reader = visit(berto)
    reader.goes_to("/rooms/lobby/?at=20")
    reader.is_connected()
    reader.presses("To the newest")
    expect(reader.bubble("number 300")).to_be_in_viewport()
    expect(reader.page.locator("#newest")).to_be_hidden()
    say(ana, "lobby", "live")
    reader.hears("live")
    expect(reader.bubble("live")).to_be_in_viewport()


def test_who_writes_from_far_back_is_taken_to_what_they_wrote(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    numbered(lobby, ana, 300)
    writer = visit(berto)
    writer.goes_to("/rooms/lobby/?at=20")
    writer.is_connected()
    writer.says("here I am")
    writer.hears("here I am")
    expect(writer.bubble("here I am")).to_be_in_viewport()


def test_who_writes_from_far_back_without_a_network_sees_it_wait(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    numbered(lobby, ana, 300)
    newest = Message.objects.latest("seq").body
    writer = visit(berto, own_clock=True)
    writer.goes_to("/rooms/lobby/?at=20")
    writer.is_connected()
    writer.loses_the_network()
    writer.says("from far back")
    expect(writer.bubble("from far back")).to_be_in_viewport()
    expect(writer.bubble("from far back").locator(".sending")).to_be_visible()
    assert newest not in writer.texts()
    writer.has_the_network_again()
    expect(writer.bubble("from far back").locator(".sending")).to_be_hidden()
    writer.presses("To the newest")
    writer.hears(newest)
    assert writer.texts()[-2:] == [newest, "from far back"]
    writer.may_complain("ERR_INTERNET_DISCONNECTED")


def test_a_quote_from_long_ago_is_loaded_and_leads_there(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    numbered(lobby, ana, 200)
    reader = visit(berto).enters("lobby")
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="as I said", reply_to=3)
    quote = reader.bubble("as I said").locator(".quote")
    expect(quote).to_have_text("ana number 3")
    quote.click()
    expect(reader.bubble("number 3")).to_be_focused()
    expect(reader.bubble("number 3")).to_be_in_viewport()


def test_what_changes_far_from_the_window_is_right_when_it_is_loaded(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    numbered(lobby, ana, 120)
    reader = visit(berto).enters("lobby")
    edit_message(by=ana, slug="lobby", client_id=uuid4(), seq=5, body="changed")
    scrolls_until(reader, "0", lambda: "changed" in reader.texts())


# --- ten thousand messages ---


def test_the_page_holds_a_few_of_ten_thousand_messages_and_touches_one_row_for_one(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    fill(lobby, ana, 10_000)
    reader = visit(berto).enters("lobby")
    rows = reader.page.locator(".messages > li")
    most = 0
    first = reader.page.locator("[data-seq]").first
    for _ in range(12):
        before = first.get_attribute("data-seq")
        scrolls_until(reader, "0", lambda before=before: first.get_attribute("data-seq") != before)  # type: ignore[misc]
        most = max(most, rows.count())
    assert 200 <= most <= MOST_ROWS + 1  # and the line of the day

    reader.page.get_by_role("button", name="To the newest").click()
    reader.waits_until(lambda: reader.page.locator("#newest").is_hidden())
    reader.page.mouse.move(0, 0)  # the tools would follow the pointer
    reader.page.evaluate(
        """() => {
            self.touched = new Set();
            new MutationObserver(records => {
                for (const { target, addedNodes, removedNodes } of records) {
                    for (const node of [target, ...addedNodes, ...removedNodes]) {
                        const row = (node.nodeType === 1 ? node : node.parentElement)?.closest('.messages > li');
                        if (row) self.touched.add(row);
                    }
                }
            }).observe(document.querySelector('.messages'), {
                childList: true, subtree: true, attributes: true, characterData: true,
            });
        }"""
    )
    say(ana, "lobby", "one more")
    reader.hears("one more")
    assert reader.page.evaluate("self.touched.size") == 1


def test_what_stays_open_for_long_does_not_grow_without_end(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    reader = visit(berto).enters("lobby")
    for number in range(MOST_ROWS + 20):
        say(ana, "lobby", f"message {number}")
    reader.hears(f"message {MOST_ROWS + 19}")
    assert reader.page.locator(".message").count() <= MOST_ROWS
    expect(reader.bubble(f"message {MOST_ROWS + 19}")).to_be_in_viewport()
    scrolls_until(reader, "0", lambda: "message 0" in reader.texts())


# --- nothing jumps ---


def shifts(visitor: Visitor) -> list[dict[str, Any]]:
    """All until now: of those of the last frame the observer may not have been told yet."""
    found: list[dict[str, Any]] = visitor.page.evaluate(
        """async () => {
            for (const _ of 'ab') await new Promise(requestAnimationFrame);
            self.note(self.watch.takeRecords());
            return self.shifts;
        }"""
    )
    return found


@pytest.mark.parametrize("phone", [False, True], ids=["at a desk", "on a phone"])
def test_nothing_shifts_while_a_room_lives(visit: Visit, ana: User, berto: User, lobby: Room, phone: bool) -> None:
    reader = visit(berto, phone=phone)
    reader.page.add_init_script(
        """
        self.shifts = [];
        self.note = shifted => {
            for (const { value, sources, hadRecentInput } of shifted) {
                if (!hadRecentInput) self.shifts.push({ value, of: sources.map(({ node }) => node?.className) });
            }
        };
        self.watch = new PerformanceObserver(list => self.note(list.getEntries()));
        self.watch.observe({ type: 'layout-shift', buffered: true });
        """
    )
    reader.enters("lobby")
    for number in range(30):
        say(ana, "lobby", f"message {number}")
    reader.hears("message 29")
    assert shifts(reader) == []

    numbered(lobby, ana, 200)
    reader.enters("lobby")
    scroll(reader, "0")
    reader.waits_until(lambda: len(reader.texts()) == 100)
    say(ana, "lobby", "while you read back")
    reader.hears("while you read back")
    edit_message(by=ana, slug="lobby", client_id=uuid4(), seq=lobby.seq, body="changed")
    reader.hears("changed")
    assert shifts(reader) == []


def test_nothing_moves_when_an_ack_comes(visit: Visit, ana: User, lobby: Room) -> None:
    writer = visit(ana).enters("lobby")
    writer.page.evaluate(
        """() => {
            self.places = [];
            const look = () => {
                const body = [...document.querySelectorAll('.message .body')].at(-1);
                if (body) self.places.push(JSON.stringify(body.getBoundingClientRect()));
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    writer.says("hold still")
    writer.hears("hold still")
    before = writer.page.evaluate("self.places.length")
    writer.waits_until(lambda: writer.page.evaluate("self.places.length") > before + 10)
    assert len(set(writer.page.evaluate("self.places"))) == 1
