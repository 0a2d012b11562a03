"""Where no WebSocket gets through: Server-Sent Events one way, the API the other, and back when it can."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Shown, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def behind(visit: Visit, ana: User) -> Visitor:
    """Ana, behind a firewall, in the lobby."""
    visitor = visit(ana)
    visitor.is_behind_a_firewall()
    visitor.enters("lobby")
    visitor.is_connected_by("events")
    return visitor


def test_both_see_what_both_say_in_one_order(behind: Visitor, visit: Visit, berto: User) -> None:
    reader = visit(berto).enters("lobby")
    behind.says("hola")
    reader.hears("hola")
    reader.says("buenas")
    for visitor in (behind, reader):
        visitor.hears("buenas")
    expected = [Shown("ana", "hola", "delivered"), Shown("berto", "buenas", "delivered")]
    assert behind.shown() == reader.shown() == expected
    assert behind.sockets.opened == []


def test_it_returns_to_the_websocket_and_nothing_is_lost_or_doubled(behind: Visitor, berto: User) -> None:
    behind.says("before")
    behind.hears("before")
    behind.firewall_falls()
    for number in range(5):
        services.post_message(by=berto, slug="lobby", client_id=uuid4(), body=f"message {number}")
        if number == 2:
            behind.looks_again()
    behind.is_connected_by("websocket")
    behind.says("after")
    behind.hears("after")
    assert behind.texts() == ["before", *(f"message {number}" for number in range(5)), "after"]
    assert Room.objects.get(slug="lobby").messages.count() == 7


def test_what_was_said_during_an_absence_arrives_with_the_return(behind: Visitor, berto: User) -> None:
    behind.context.set_offline(True)
    behind.says("mine")
    behind.sees("You are offline")
    for body in ("one", "two"):
        services.post_message(by=berto, slug="lobby", client_id=uuid4(), body=body)
    behind.context.set_offline(False)
    behind.is_connected_by("events")
    behind.hears("two")
    behind.hears("mine")
    assert behind.texts() == ["one", "two", "mine"]
    behind.may_complain("ERR_INTERNET_DISCONNECTED|ERR_NETWORK")


def test_what_the_server_refuses_says_so(behind: Visitor) -> None:
    behind.says("no\0body")
    behind.sees("Not sent: the server refused it.")
    behind.forgives("status of 400")
    behind.presses("Discard")
    assert behind.shown() == []


def test_a_room_that_is_deleted_says_so(behind: Visitor, ana: User) -> None:
    services.delete_room(by=ana, slug="lobby")
    behind.sees("This room has been deleted.")


def test_who_signs_out_in_another_tab_is_signed_out_here(behind: Visitor) -> None:
    other = behind.in_another_tab()
    other.goes_to("/")
    other.opens_menu()
    other.presses("Sign out")
    behind.sees("You are signed out.")
    expect(behind.composer).to_be_hidden()
    behind.may_complain("status of 401")
