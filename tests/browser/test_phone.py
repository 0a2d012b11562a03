"""What is otherwise on a phone."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.rooms import room_of

pytestmark = pytest.mark.browser


def test_a_room_is_opened_without_a_keyboard_over_what_was_said(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    room_of(ana, "plaza")
    services.join_room(user=berto, slug="plaza")
    phone = visit(berto, phone=True).enters("lobby")
    phone.presses("Rooms")
    phone.page.locator("[data-room=plaza]").click()
    # Said in the same moment in which the keyboard would come.
    expect(phone.page.locator("#announced")).to_have_text("Plaza")
    assert phone.page.evaluate("document.activeElement.id") != "body"
    phone.says("from the tram")
    phone.hears("from the tram")


def test_no_notices_are_offered_that_need_a_desktop(visit: Visit, berto: User, lobby: Room) -> None:
    for phone in (False, True):
        visitor = visit(berto, phone=phone).enters("lobby")
        visitor.opens_menu()
        expect(visitor.page.get_by_role("switch", name="A soft sound")).to_be_visible()
        expect(visitor.page.get_by_role("switch", name="On the desktop")).to_be_visible(visible=not phone)
