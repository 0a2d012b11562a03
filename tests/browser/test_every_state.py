"""What opens over a room, and what stands in its place: axe finds no violation of WCAG 2.2 AA in any of them."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.directs import open_direct
from chat.models import Room
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say

pytestmark = pytest.mark.browser

REASONS = ("signed_out", "too_many_sockets", "other_user", "forbidden", "room_deleted", "removed")


@pytest.fixture(params=["light", "dark"])
def reader(request: pytest.FixtureRequest, visit: Visit, ana: User, berto: User, lobby: Room) -> Visitor:
    """Berto in the lobby, with news in rooms of every kind."""
    for slug in ("plaza", "cafe"):
        room_of(ana, slug, private=slug == "cafe")
        services.add_member(by=ana, slug=slug, user=berto)
        say(ana, slug, "for @berto" if slug == "cafe" else "for all")
    direct = open_direct(by=ana, people=[berto])
    services.post_message(by=ana, slug=direct.slug, client_id=uuid4(), body="between us")
    say(ana, "lobby", "hola")
    visitor = visit(berto, dark=request.param == "dark").enters("lobby")
    visitor.hears("hola")
    return visitor


def test_a_room_and_what_opens_beside_it(reader: Visitor) -> None:
    expect(reader.page.locator(".badge:visible")).to_have_count(3)
    assert violations(reader) == []
    for menu in ("Account", "This room"):
        reader.opens_menu(menu)
        assert violations(reader) == [], menu
        reader.page.keyboard.press("Escape")


def test_what_opens_over_it(reader: Visitor) -> None:
    reader.page.keyboard.press("ControlOrMeta+k")
    reader.page.get_by_role("combobox", name="Room or person").press_sequentially("a")
    expect(reader.page.get_by_role("option")).to_have_count(3)
    assert violations(reader) == []
    reader.page.get_by_role("combobox", name="Room or person").fill("xyzzy")
    reader.sees("Nothing of this name.")
    assert violations(reader) == []
    reader.page.keyboard.press("Escape")
    reader.opens_menu()
    reader.presses("Keys")
    assert violations(reader) == []


def test_what_takes_the_composers_place(reader: Visitor) -> None:
    for reason in REASONS:
        reader.page.evaluate(
            """reason => {
                const faces = document.querySelectorAll('[data-reason]');
                for (const face of faces) face.hidden = face.dataset.reason !== reason;
                document.querySelector('.foot').classList.add('faced');
            }""",
            reason,
        )
        assert violations(reader) == [], reason


def test_a_room_that_could_not_be_loaded(reader: Visitor) -> None:
    reader.page.route("**/rooms/plaza/", lambda route: route.abort())
    reader.page.locator("[data-room=plaza]").click()
    reader.sees("The room could not be loaded")
    assert violations(reader) == []
    reader.forgives("ERR_FAILED")


def test_the_drawer_of_rooms_on_a_phone(visit: Visit, ana: User, lobby: Room) -> None:
    phone = visit(ana, phone=True).enters("lobby")
    phone.presses("Rooms")
    assert violations(phone) == []


def test_a_place_where_one_is_in_no_room_yet(visit: Visit, ana: User, carla: User, lobby: Room) -> None:
    newcomer = visit(carla)
    newcomer.goes_to("/")
    newcomer.sees("You are in no room yet.")
    assert violations(newcomer) == []
