"""What holds for every page: nothing in it breaks the Content-Security-Policy, and it fits the smallest phone."""

from uuid import uuid4

import pytest

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

FOR_MEMBERS = {
    "/": 200,
    "/rooms/lobby/": 200,
    "/rooms/lobby/settings/": 200,
    "/invite/": 200,
    "/account/": 200,
    "/account/password/": 200,
    "/people/berto/": 200,
    "/lab/": 200,
    "/admin/": 200,
    "/admin/accounts/user/add/": 200,
}
FOR_ANYONE = {"/sign-in/": 200, "/lab/": 200, "/nowhere/": 404}


@pytest.fixture
def well_used(ana: User, berto: User, lobby: Room) -> None:
    """Long names, long words, code: what makes a page wide."""
    long_word = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
    services.create_room(by=ana, slug="w" * 64, name=long_word[:80], topic=long_word)
    services.update_room(by=ana, slug="lobby", name=f"Lobby {long_word[:60]}", topic=long_word)
    for body in (long_word, f"```\n{long_word}\n```", f"https://example.com/{long_word}", "> quoted\n\n1. one\n2. two"):
        services.post_message(by=berto, slug="lobby", client_id=uuid4(), body=body)


def looks_at(visitor: Visitor, pages: dict[str, int], *, phone: bool) -> None:
    if phone:
        visitor.page.set_viewport_size({"width": 320, "height": 568})
    for path, status in pages.items():
        assert visitor.goes_to(path) == status, path
        if status != 200:
            visitor.forgives(f"status of {status}")
        assert path.startswith("/admin/") or not visitor.scrolls_sideways, path
        assert visitor.complaints == [], path


@pytest.mark.parametrize("phone", [False, True], ids=["at a desk", "on a phone"])
def test_who_is_signed_in_sees_pages_without_fault(visit: Visit, ana: User, well_used: None, phone: bool) -> None:
    looks_at(visit(ana, phone=phone), FOR_MEMBERS, phone=phone)


@pytest.mark.parametrize("phone", [False, True], ids=["at a desk", "on a phone"])
def test_who_is_not_signed_in_sees_pages_without_fault(visit: Visit, ana: User, phone: bool) -> None:
    looks_at(visit(phone=phone), FOR_ANYONE, phone=phone)


def test_a_page_takes_no_script_that_is_not_ours(visit: Visit, ana: User) -> None:
    victim = visit(ana).enters("lobby")
    victim.page.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src='data:,' onerror='self.ran = 1'>`)")
    victim.waits_until(lambda: victim.complaints)
    victim.forgives("Content Security Policy")
    assert victim.page.evaluate("self.ran") is None


def test_all_of_a_room_can_be_reached_with_the_keyboard_on_a_phone_and_at_a_desk(visit: Visit, ana: User) -> None:
    desk = visit(ana).enters("lobby")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "content"

    phone = visit(ana, phone=True).enters("lobby")
    assert not phone.page.get_by_role("link", name="All rooms").is_visible()
    phone.presses("Rooms")
    phone.page.get_by_role("link", name="All rooms").click()
    phone.arrives_at("/")
