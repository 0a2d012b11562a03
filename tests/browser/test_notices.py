"""What tells of news to somebody who looks elsewhere: the tab's title, a sound, the desktop."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Membership, Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say, upload_of

pytestmark = pytest.mark.browser

# What the browser would have shown and played; headless it shows nothing.
RECORDER = """
    self.shown = [];
    self.played = 0;
    const Real = self.Notification;
    self.Notification = class {
        static get permission() { return Real.permission; }
        static requestPermission() { return Promise.resolve(Real.permission); }
        constructor(title, { body, tag }) { this.title = title; shown.push([title, body, tag]); self.last = this; }
        close() {}
    };
    const Audio = self.AudioContext;
    self.AudioContext = class extends Audio { constructor() { super(); self.played += 1; } };
"""


@pytest.fixture
def plaza(ana: User, berto: User) -> Room:
    room = room_of(ana, "plaza")
    services.join_room(user=berto, slug="plaza")
    return room


@pytest.fixture
def reader(visit: Visit, berto: User, lobby: Room, plaza: Room) -> Visitor:
    """Berto, who wants to be told of all in both rooms, in the lobby."""
    Membership.objects.filter(user=berto).update(notify=Membership.Notify.EVERYTHING)
    visitor = visit(berto)
    visitor.context.grant_permissions(["notifications"])
    visitor.page.add_init_script(RECORDER)
    return visitor.enters("lobby")


def looks_away(visitor: Visitor, away: bool = True) -> None:
    visitor.page.evaluate(
        """away => {
            Object.defineProperty(document, 'hidden', { value: away, configurable: true });
            const value = away ? 'hidden' : 'visible';
            Object.defineProperty(document, 'visibilityState', { value, configurable: true });
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        }""",
        away,
    )


def switches_on(visitor: Visitor, name: str) -> None:
    visitor.opens_menu()
    visitor.page.get_by_role("switch", name=name).check()
    visitor.page.keyboard.press("Escape")


def has_title(visitor: Visitor, title: str) -> None:
    visitor.waits_until(lambda: visitor.page.title() == title)


def shown(visitor: Visitor) -> list[list[str]]:
    found: list[list[str]] = visitor.page.evaluate("self.shown")
    return found


def test_the_title_counts_what_is_new_in_all_rooms(reader: Visitor, ana: User) -> None:
    looks_away(reader)
    say(ana, "lobby", "one")
    has_title(reader, "(1) Lobby · Tertulia")
    say(ana, "plaza", "two")
    has_title(reader, "(2) Lobby · Tertulia")
    looks_away(reader, False)
    has_title(reader, "(1) Lobby · Tertulia")
    reader.page.locator("[data-room=plaza]").click()
    has_title(reader, "Plaza · Tertulia")


def test_what_somebody_sees_as_it_comes_is_not_counted(reader: Visitor, ana: User) -> None:
    say(ana, "lobby", "one")
    reader.hears("one")
    assert reader.page.title() == "Lobby · Tertulia"


def test_a_room_tells_of_what_its_member_wants_to_hear(reader: Visitor, ana: User) -> None:
    reader.opens_menu("This room")
    reader.page.get_by_role("radio", name="Messages that name me").check()
    expect(reader.page.locator("[data-room=lobby]")).to_have_attribute("data-notify", "mentions")
    reader.page.keyboard.press("Escape")
    assert Membership.objects.get(user__username="berto", room__slug="lobby").notify == "mentions"
    looks_away(reader)
    say(ana, "lobby", "for all")
    say(ana, "lobby", "for @berto")
    has_title(reader, "(1) Lobby · Tertulia")

    looks_away(reader, False)
    reader.opens_menu("This room")
    reader.page.get_by_role("radio", name="Nothing").check()
    expect(reader.page.locator("[data-room=lobby]")).to_have_attribute("data-notify", "nothing")
    reader.page.keyboard.press("Escape")
    reader.follows("Plaza")
    reader.sees_heading("Plaza")
    say(ana, "lobby", "@berto, once more")
    expect(reader.page.locator("[data-room=lobby] .count")).to_have_text("@1")
    assert reader.page.title() == "Plaza · Tertulia"


def test_the_desktop_tells_when_it_was_asked_to(reader: Visitor, ana: User) -> None:
    looks_away(reader)
    say(ana, "lobby", "before")
    has_title(reader, "(1) Lobby · Tertulia")
    assert shown(reader) == []
    looks_away(reader, False)
    switches_on(reader, "On the desktop")
    looks_away(reader)
    say(ana, "lobby", "hola")
    reader.waits_until(lambda: shown(reader) == [["Lobby", "ana says: hola", "tertulia-lobby"]])
    say(ana, "plaza", "elsewhere")
    reader.waits_until(lambda: len(shown(reader)) == 2)
    assert shown(reader)[1] == ["Plaza", "New messages: 1, of them to you: 0", "tertulia-plaza"]
    reader.page.evaluate("last.onclick()")
    reader.sees_heading("Plaza")


def test_a_file_without_words_is_told_of_by_its_name(reader: Visitor, ana: User, lobby: Room) -> None:
    switches_on(reader, "On the desktop")
    looks_away(reader)
    file = upload_of(ana, lobby, "menu.txt")
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="", uploads=(file.pk,))
    reader.waits_until(lambda: shown(reader) == [["Lobby", "ana says: menu.txt", "tertulia-lobby"]])


def test_nothing_is_asked_before_somebody_wants_notices(visit: Visit, berto: User, ana: User, lobby: Room) -> None:
    Membership.objects.filter(user=berto).update(notify=Membership.Notify.EVERYTHING)
    reader = visit(berto)
    reader.page.add_init_script(
        "self.asked = 0; Notification.requestPermission = async () => { asked += 1; return 'denied'; };"
    )
    reader.enters("lobby")
    looks_away(reader)
    say(ana, "lobby", "hola")
    has_title(reader, "(1) Lobby · Tertulia")
    assert reader.page.evaluate("asked") == 0
    reader.opens_menu()
    reader.page.get_by_role("switch", name="On the desktop").click()
    reader.sees("Your browser does not allow them for this site")
    expect(reader.page.get_by_role("switch", name="On the desktop")).not_to_be_checked()
    assert reader.page.evaluate("asked") == 1


def test_of_two_tabs_one_tells(reader: Visitor, ana: User) -> None:
    switches_on(reader, "On the desktop")
    other = reader.in_another_tab()
    other.page.add_init_script(RECORDER)
    other.enters("plaza")
    for tab in (reader, other):
        looks_away(tab)
    say(ana, "lobby", "hola")
    has_title(reader, "(1) Lobby · Tertulia")
    has_title(other, "(1) Plaza · Tertulia")
    say(ana, "plaza", "adios")
    has_title(reader, "(2) Lobby · Tertulia")
    has_title(other, "(2) Plaza · Tertulia")

    def told() -> list[str]:
        return sorted(title for title, _body, _tag in [*shown(reader), *shown(other)])

    # The title changes in the task that asks for the lock; who has it tells.
    reader.waits_until(lambda: len(told()) == 2)
    for tab in (reader, other):
        tab.page.evaluate("navigator.locks.query()")  # answered after what was asked before it
    assert told() == ["Lobby", "Plaza"]


def test_a_sound_is_heard_by_those_who_want_one(reader: Visitor, ana: User) -> None:
    looks_away(reader)
    say(ana, "lobby", "silent")
    has_title(reader, "(1) Lobby · Tertulia")
    assert reader.page.evaluate("played") == 0
    looks_away(reader, False)
    switches_on(reader, "A soft sound")
    assert reader.page.evaluate("played") == 1
    looks_away(reader)
    say(ana, "lobby", "aloud")
    reader.waits_until(lambda: reader.page.evaluate("played") == 2)
    reader.enters("lobby")
    reader.opens_menu()
    expect(reader.page.get_by_role("switch", name="A soft sound")).to_be_checked()


def test_ones_own_words_from_another_tab_are_no_news(reader: Visitor, berto: User) -> None:
    looks_away(reader)
    say(berto, "lobby", "mine")
    reader.hears("mine")
    assert reader.page.title() == "Lobby · Tertulia"


def test_the_outsiders_tab_shows_no_count(visit: Visit, ana: User, berto: User, carla: User, plaza: Room) -> None:
    room_of(carla, "hers")
    outsider, reader = visit(carla).enters("hers"), visit(berto).enters("lobby")
    say(ana, "plaza", "hola @berto")
    has_title(reader, "(1) Lobby · Tertulia")
    assert outsider.page.title() == "Hers · Tertulia"
