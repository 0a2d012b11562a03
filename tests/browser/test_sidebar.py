"""The list of rooms beside the one that is open: what is new in the others, live."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from chat import services
from chat.directs import open_direct
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say

pytestmark = pytest.mark.browser


@pytest.fixture
def plaza(ana: User, berto: User) -> Room:
    """A private room of ana's and berto's."""
    room = room_of(ana, "plaza", private=True)
    services.add_member(by=ana, slug="plaza", user=berto)
    return room


def link(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator("#room-lists [data-room]").filter(has_text=name)


def count(visitor: Visitor, name: str) -> Locator:
    return link(visitor, name).locator(".count")


def test_what_is_new_in_another_room_is_counted_at_once(visit: Visit, ana: User, berto: User, plaza: Room) -> None:
    reader, writer = visit(berto).enters("lobby"), visit(ana).enters("plaza")
    expect(count(reader, "Plaza")).to_be_hidden()
    writer.says("one")
    expect(count(reader, "Plaza")).to_have_text("1")
    say(ana, "plaza", "two, for @berto")
    expect(count(reader, "Plaza")).to_have_text("@1")
    described = link(reader, "Plaza").locator(".badge > .unseen-text")
    expect(described).to_have_text("New messages: 2, of them to you: 1")


def test_who_opens_the_room_has_read_it_and_so_it_stays(visit: Visit, ana: User, berto: User, plaza: Room) -> None:
    say(ana, "plaza", "one")
    reader = visit(berto).enters("lobby")
    elsewhere = reader.in_another_tab().enters("lobby")
    for tab in (reader, elsewhere):
        expect(count(tab, "Plaza")).to_have_text("1")
    reader.page.get_by_role("link", name="Plaza").click()
    reader.hears("one")
    expect(count(elsewhere, "Plaza")).to_be_hidden()
    reader.page.get_by_role("link", name="Lobby").click()
    reader.sees_heading("Lobby")
    expect(count(reader, "Plaza")).to_be_hidden()


def test_one_who_is_added_finds_the_room_and_one_who_is_removed_does_not(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    reader = visit(berto).enters("lobby")
    room_of(ana, "plaza", private=True)
    services.add_member(by=ana, slug="plaza", user=berto)
    expect(link(reader, "Plaza")).to_be_visible()
    reader.waits_until(lambda: any(frame["type"] == "unread" for frame in reader.sockets.received))
    services.remove_member(by=ana, slug="plaza", user_id=berto.pk)
    expect(link(reader, "Plaza")).to_have_count(0)
    reader.says("still here")
    reader.hears("still here")


def test_a_room_that_gets_another_name_has_it_in_the_list(visit: Visit, ana: User, lobby: Room) -> None:
    reader = visit(ana).enters("lobby")
    services.update_room(by=ana, slug="lobby", name="Salón")
    expect(reader.page.locator("#room-lists [aria-current] .name")).to_have_text("Salón")


def test_a_room_that_is_archived_leaves_the_list(visit: Visit, ana: User, plaza: Room) -> None:
    reader = visit(ana).enters("plaza")
    services.update_room(by=ana, slug="plaza", archived=True)
    expect(link(reader, "Plaza")).to_have_count(0)


def test_direct_messages_stand_under_the_name_of_the_other(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    reader = visit(berto).enters("lobby")
    direct = open_direct(by=ana, people=[berto])
    services.post_message(by=ana, slug=direct.slug, client_id=uuid4(), body="between us")
    expect(link(reader, "ana")).to_be_visible()
    expect(count(reader, "ana")).to_have_text("1")
    link(reader, "ana").click()
    reader.hears("between us")
    reader.sees_heading("ana")


def test_what_was_missed_while_the_network_was_gone_is_counted_when_it_is_back(
    visit: Visit, ana: User, berto: User, plaza: Room
) -> None:
    reader = visit(berto, own_clock=True).enters("lobby")
    reader.loses_the_network()
    say(ana, "plaza", "one")
    room_of(ana, "libros", private=True)
    services.add_member(by=ana, slug="libros", user=berto)
    reader.has_the_network_again()
    reader.time_passes(2)
    expect(count(reader, "Plaza")).to_have_text("1")
    expect(link(reader, "Libros")).to_be_visible()


def test_who_is_removed_from_the_open_room_sees_the_empty_chair(
    visit: Visit, ana: User, berto: User, plaza: Room
) -> None:
    removed = visit(berto).enters("plaza")
    services.remove_member(by=ana, slug="plaza", user_id=berto.pk)
    removed.sees("You are not in this room any more.")
    expect(removed.page.locator("[data-reason=removed] .drawing")).to_be_visible()
    expect(removed.composer).to_be_hidden()
    expect(link(removed, "Plaza")).to_have_count(0)
    removed.page.get_by_role("link", name="Lobby").click()
    removed.sees_heading("Lobby")
    expect(removed.composer).to_be_visible()
    removed.says("here then")
    removed.hears("here then")


def test_a_room_that_is_deleted_has_a_face_of_its_own(visit: Visit, ana: User, berto: User, plaza: Room) -> None:
    reader = visit(berto).enters("plaza")
    services.delete_room(by=ana, slug="plaza")
    reader.sees("This room has been deleted.")
    expect(reader.page.locator("[data-reason=room_deleted] .drawing")).to_be_visible()
    expect(link(reader, "Plaza")).to_have_count(0)


def test_an_outsider_is_never_told_that_something_happened(
    visit: Visit, ana: User, berto: User, carla: User, plaza: Room
) -> None:
    room_of(carla, "hers")
    outsider, writer = visit(carla).enters("hers"), visit(ana).enters("plaza")
    beside_her, elsewhere = visit(berto).enters("lobby"), visit(berto).enters("lobby")
    writer.says("psst, carla")
    for reader in (beside_her, elsewhere):
        expect(count(reader, "Plaza")).to_have_text("1")
    outsider.says("all quiet")
    outsider.hears("all quiet")
    assert [frame for frame in outsider.sockets.received if frame.get("room") not in {None, "hers"}] == []
    expect(outsider.page.locator("#room-lists [data-room]")).to_have_count(1)
    expect(outsider.page.locator(".badge:visible")).to_have_count(0)
    assert outsider.page.title() == "Hers · Tertulia"


def test_who_is_not_signed_in_gets_no_list(visit: Visit, ana: User) -> None:
    someone = visit()
    someone.goes_to("/sidebar/")
    assert someone.path == "/sign-in/?next=/sidebar/"
