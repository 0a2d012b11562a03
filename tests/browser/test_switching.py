"""From room to room without a page load."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from accounts.models import User
from chat import services
from chat.models import Message, Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import fill, room_of, say

pytestmark = pytest.mark.browser

PLAZA = re.compile(r"/rooms/plaza/")


@pytest.fixture
def plaza(ana: User, berto: User) -> Room:
    """A second room of ana's and berto's."""
    room = room_of(ana, "plaza")
    services.join_room(user=berto, slug="plaza")
    return room


@pytest.fixture
def reader(visit: Visit, berto: User, lobby: Room, plaza: Room) -> Visitor:
    """Berto in the lobby, on a page that remembers whether it was loaded again."""
    visitor = visit(berto).enters("lobby")
    visitor.page.evaluate("self.loadedOnce = true")
    return visitor


def is_the_same_page(visitor: Visitor) -> bool:
    return bool(visitor.page.evaluate("self.loadedOnce === true"))


def is_in(visitor: Visitor, name: str) -> None:
    """The room is there and can be written to."""
    expect(visitor.page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(visitor.page.locator("#room-lists [aria-current=page] .name")).to_have_text(name)
    expect(visitor.composer).to_be_focused()


def held_back(visitor: Visitor, path: "re.Pattern[str]") -> list[Callable[[], None]]:
    """Answers to requests for this page wait until they are let go."""
    waiting: list[Callable[[], None]] = []
    visitor.page.route(path, lambda route: waiting.append(route.continue_))
    return waiting


def test_a_room_is_opened_on_the_connection_that_stands(reader: Visitor, visit: Visit, ana: User) -> None:
    writer = visit(ana).enters("plaza")
    reader.follows("Plaza")
    is_in(reader, "Plaza")
    assert reader.path == "/rooms/plaza/"
    assert reader.page.title() == "Plaza · Tertulia"
    expect(reader.page.get_by_role("status").filter(has_text="Plaza")).to_be_attached()
    reader.says("here I am")
    writer.hears("here I am")
    writer.says("welcome")
    reader.hears("welcome")
    assert is_the_same_page(reader)
    assert len(reader.sockets.opened) == 1


def test_back_and_forward_lead_to_the_rooms_before_and_after(reader: Visitor, ana: User) -> None:
    reader.follows("Plaza")
    is_in(reader, "Plaza")
    reader.page.go_back()
    is_in(reader, "Lobby")
    assert reader.page.title() == "Lobby · Tertulia"
    reader.says("only in the lobby")
    reader.hears("only in the lobby")
    reader.page.go_forward()
    is_in(reader, "Plaza")
    assert reader.texts() == []
    assert is_the_same_page(reader)


def test_who_comes_back_is_where_they_were(reader: Visitor, ana: User, plaza: Room) -> None:
    fill(plaza, ana, 120, body="a line of the long talk")
    say(ana, "plaza", "the newest")
    reader.follows("Plaza")
    is_in(reader, "Plaza")
    reader.hears("the newest")
    before = reader.page.evaluate(
        """() => {
            const scroller = document.querySelector('#scroller');
            scroller.scrollTop -= 900;
            const { top } = scroller.getBoundingClientRect();
            const rows = [...document.querySelectorAll('.message')];
            const first = rows.find((row) => row.getBoundingClientRect().bottom > top + 1);
            return [first.dataset.key, Math.round(first.getBoundingClientRect().top)];
        }"""
    )
    expect(reader.page.locator("#newest")).to_have_class(re.compile("shown"))
    reader.follows("Lobby")
    is_in(reader, "Lobby")
    reader.page.go_back()
    is_in(reader, "Plaza")

    def place() -> list[object]:
        found: list[object] = reader.page.evaluate(
            "key => { const row = document.querySelector(`[data-key='${key}']`);"
            " return row && [key, Math.round(row.getBoundingClientRect().top)]; }",
            before[0],
        )
        return found

    reader.waits_until(lambda: (now := place()) and now[0] == before[0] and abs(int(str(now[1])) - before[1]) <= 2)


def test_who_comes_back_is_where_what_they_wrote_fills_the_screen_and_waits(
    reader: Visitor, ana: User, plaza: Room
) -> None:
    """It has no place in the room yet: the message before it holds theirs."""
    newest = fill(plaza, ana, 300, body="a line of the long talk")
    reader.page.route_web_socket("**/ws/chat/", posts_are_lost)
    reader.goes_to("/rooms/plaza/")
    reader.is_connected()
    reader.says("\n\n".join(f"line {number}" for number in range(60)))
    expect(reader.page.locator(".message:not([data-seq])")).to_be_in_viewport()
    reader.page.locator("#scroller").evaluate("scroller => scroller.scrollTop -= 200")
    expect(reader.page.locator("#newest")).to_have_class(re.compile("shown"))
    left = top_of(reader, newest)
    assert left is not None
    assert left < -200

    reader.follows("Lobby")
    is_in(reader, "Lobby")
    reader.page.go_back()
    is_in(reader, "Plaza")
    reader.waits_until(lambda: (now := top_of(reader, newest)) is not None and abs(now - left) <= 2)


def top_of(visitor: Visitor, seq: int) -> float | None:
    box = visitor.page.locator(f"[data-seq='{seq}']").bounding_box()
    return box and box["y"]


def posts_are_lost(route: WebSocketRoute) -> None:
    server = route.connect_to_server()
    route.on_message(lambda frame: None if '"type":"post"' in str(frame) else server.send(frame))


def away_and_back(reader: Visitor) -> None:
    reader.follows("Plaza")
    is_in(reader, "Plaza")
    expect(reader.composer).to_have_value("")
    assert not reader.page.locator(".mode").is_visible()
    reader.follows("Lobby")
    is_in(reader, "Lobby")


def test_a_reply_that_was_begun_is_still_one_when_the_room_is_entered_again(reader: Visitor, ana: User) -> None:
    asked = say(ana, "lobby", "shall we?")
    reader.bubble("shall we?").focus()
    reader.page.keyboard.press("r")
    reader.composer.fill("yes")
    away_and_back(reader)
    reader.sees("Reply to ana: shall we?")
    expect(reader.composer).to_have_value("yes")
    reader.composer.press("Enter")
    reader.hears("yes")
    assert Message.objects.get(body="yes").reply_to == asked


def test_a_change_that_was_begun_is_still_one_and_the_draft_comes_after_it(
    reader: Visitor, berto: User, lobby: Room
) -> None:
    reader.says("helo")
    reader.hears("helo")
    reader.composer.fill("for later")
    reader.bubble("helo").focus()
    reader.page.keyboard.press("e")
    reader.composer.fill("hello")
    away_and_back(reader)
    expect(reader.composer).to_have_value("hello")
    reader.composer.press("Enter")
    reader.hears("hello")
    expect(reader.composer).to_have_value("for later")
    assert reader.texts() == ["hello"]


def test_a_second_click_wins_over_the_first(reader: Visitor, ana: User) -> None:
    waiting = held_back(reader, PLAZA)
    reader.follows("Plaza")
    reader.waits_until(lambda: waiting)
    expect(reader.page.locator("main")).to_have_attribute("aria-busy", "true")
    reader.follows("Lobby")
    is_in(reader, "Lobby")
    expect(reader.page.locator("main")).not_to_have_attribute("aria-busy", "true")
    assert reader.path == "/rooms/lobby/"
    reader.says("still here")
    reader.hears("still here")
    assert is_the_same_page(reader)
    reader.may_complain("ERR_ABORTED")


def test_a_room_that_was_not_waited_for_keeps_no_place_of_another(reader: Visitor, ana: User, plaza: Room) -> None:
    fill(plaza, ana, 100)
    say(ana, "lobby", "a long one\n\n" * 300)
    say(ana, "plaza", "the newest")
    expect(reader.page.locator(".message")).to_have_count(1)
    reader.page.locator("#scroller").evaluate("scroller => scroller.scrollTop = 0")
    expect(reader.page.locator("#newest")).to_have_class(re.compile("shown"))
    waiting = held_back(reader, PLAZA)
    reader.page.locator("#room-lists [data-room=plaza]").click()
    reader.waits_until(lambda: waiting)
    reader.page.go_back()
    is_in(reader, "Lobby")
    reader.page.unroute_all(behavior="ignoreErrors")
    reader.page.go_forward()
    is_in(reader, "Plaza")
    expect(reader.bubble("the newest")).to_be_in_viewport()
    reader.may_complain("ERR_ABORTED")


def test_a_room_that_is_loaded_afresh_when_it_was_left_names_no_other(
    visit: Visit, ana: User, berto: User, lobby: Room, plaza: Room
) -> None:
    visitor = visit(berto, own_clock=True).enters("lobby")
    visitor.loses_the_network()
    fill(lobby, ana, 600)
    waiting = held_back(visitor, re.compile(r"/api/v1/rooms/lobby/$"))
    visitor.has_the_network_again()
    visitor.waits_until(lambda: waiting)
    visitor.follows("Plaza")
    is_in(visitor, "Plaza")
    with visitor.page.expect_response(re.compile(r"/api/v1/rooms/lobby/$")) as answer:
        waiting.pop()()
    answer.value.finished()
    is_in(visitor, "Plaza")
    visitor.says("this is the plaza")
    visitor.hears("this is the plaza")
    visitor.sees_heading("Plaza")
    assert visitor.page.title() == "Plaza · Tertulia"
    visitor.may_complain("ERR_")


def test_what_takes_long_is_shown(reader: Visitor) -> None:
    waiting = held_back(reader, PLAZA)
    reader.follows("Plaza")
    reader.waits_until(lambda: waiting)
    bar = "getComputedStyle(document.querySelector('main'), '::after').animationDelay"
    assert reader.page.evaluate(bar) == "2s"
    waiting.pop()()
    is_in(reader, "Plaza")


def test_a_room_that_cannot_be_loaded_says_so_and_can_be_tried_again(reader: Visitor) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    reader.page.route(PLAZA, refuse)
    reader.follows("Plaza")
    reader.sees("The room could not be loaded")
    assert reader.path == "/rooms/plaza/"
    reader.page.unroute(PLAZA, refuse)
    reader.presses("Try again")
    is_in(reader, "Plaza")
    assert is_the_same_page(reader)
    reader.forgives("ERR_FAILED")


@pytest.mark.parametrize("ends_it", ["stop()", "history.replaceState(history.state, '')"], ids=["stop", "an address"])
def test_who_ends_the_loading_of_a_room_is_told_that_it_is_not_there(reader: Visitor, ends_it: str) -> None:
    waiting = held_back(reader, PLAZA)
    reader.follows("Plaza")
    reader.waits_until(lambda: waiting)
    reader.page.evaluate(ends_it)
    reader.sees("The room could not be loaded")
    expect(reader.page.locator("main")).not_to_have_attribute("aria-busy", "true")
    reader.page.unroute_all(behavior="ignoreErrors")
    reader.presses("Try again")
    is_in(reader, "Plaza")
    reader.may_complain("ERR_ABORTED")


def test_who_goes_elsewhere_meanwhile_is_told_nothing_of_the_room(reader: Visitor) -> None:
    waiting = held_back(reader, PLAZA)
    reader.follows("Plaza")
    reader.waits_until(lambda: waiting)
    reader.page.evaluate(
        """() => new MutationObserver(() => {
            if (document.querySelector('main .vacant .button')) sessionStorage.told = 'yes';
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    reader.page.get_by_role("link", name="Search").click()
    reader.arrives_at("/search/")
    assert reader.page.evaluate("sessionStorage.told ?? 'nothing'") == "nothing"
    reader.page.unroute_all(behavior="ignoreErrors")
    reader.may_complain("ERR_ABORTED")


def test_a_click_with_a_modifier_opens_a_tab_as_everywhere(reader: Visitor) -> None:
    with reader.context.expect_page() as opened:
        reader.page.get_by_role("link", name="Plaza", exact=True).click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(PLAZA)
    reader.sees_heading("Lobby")
    assert reader.path == "/rooms/lobby/"


def test_a_room_that_is_not_open_to_one_any_more_is_a_page_that_says_so(
    reader: Visitor, ana: User, berto: User
) -> None:
    waiting = held_back(reader, PLAZA)
    reader.follows("Plaza")
    reader.waits_until(lambda: waiting)
    services.remove_member(by=ana, slug="plaza", user_id=berto.pk)
    waiting.pop()()
    reader.waits_until(lambda: waiting)
    waiting.pop()()
    reader.page.wait_for_load_state()
    expect(reader.page.locator("main.room")).to_have_count(0)
    reader.forgives("404")


def test_who_is_signed_out_meanwhile_comes_to_the_door(reader: Visitor) -> None:
    reader.context.clear_cookies()
    reader.follows("Plaza")
    reader.arrives_at("/sign-in/?next=/rooms/plaza/")


def test_a_browser_without_navigation_events_loads_the_page(
    visit: Visit, berto: User, plaza: Room, lobby: Room
) -> None:
    visitor = visit(berto)
    visitor.page.add_init_script("Object.defineProperty(self, 'navigation', { value: undefined })")
    visitor.enters("lobby").follows("Plaza")
    visitor.arrives_at("/rooms/plaza/")
    visitor.is_connected()
    is_in_plaza = visitor.page.get_by_role("heading", name="Plaza", exact=True)
    expect(is_in_plaza).to_be_visible()


def test_an_outsider_is_offered_no_way_to_a_private_room(visit: Visit, ana: User, carla: User) -> None:
    room_of(ana, "trastienda", private=True)
    room_of(carla, "hers")
    outsider = visit(carla).enters("hers")
    outsider.sees_nothing_of("rastienda")
    outsider.page.evaluate("location.href = '/rooms/trastienda/'")
    outsider.page.wait_for_url("**/rooms/trastienda/")
    expect(outsider.page.locator("main.room")).to_have_count(0)
    outsider.sees_nothing_of("Trastienda")
    outsider.forgives("404")
