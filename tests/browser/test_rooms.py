"""Rooms: made, found, joined, renamed, left, deleted; who is in them."""

from uuid import uuid4

import pytest

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def plaza(ana: User) -> Room:
    """A public room of ana's."""
    return services.create_room(by=ana, slug="plaza", name="Plaza", topic="In the sun")


def test_a_new_room_is_at_an_address_made_from_its_name(visit: Visit, ana: User) -> None:
    owner = visit(ana)
    owner.goes_to("/")
    owner.follows("New room")
    owner.fills_in("Name", "Café de la tarde")
    owner.fills_in("Topic", "Books & coffee")
    owner.presses("Create the room")
    owner.arrives_at("/rooms/cafe-de-la-tarde/")
    owner.sees_heading("Café de la tarde")
    owner.sees("Books & coffee")
    owner.is_connected()
    owner.sees("Nobody has said anything yet.")


def test_an_address_that_is_taken_is_said_beside_its_field(visit: Visit, ana: User, plaza: Room) -> None:
    owner = visit(ana)
    owner.goes_to("/")
    owner.follows("New room")
    owner.fills_in("Name", "Plaza")
    owner.presses("Create the room")
    owner.sees("There is a room with this address already.")
    owner.forgives("422")


def test_a_public_room_is_found_joined_and_left_again(visit: Visit, ana: User, berto: User, plaza: Room) -> None:
    owner = visit(ana).enters("plaza")
    guest = visit(berto)
    guest.goes_to("/")
    guest.sees("In the sun · 1 member")
    guest.presses("Join Plaza")
    guest.arrives_at("/rooms/plaza/")
    guest.is_connected()
    owner.sees("berto joined")

    guest.opens_menu("This room")
    guest.follows("Room settings")
    guest.unfolds("Leave the room")
    guest.presses("Leave Plaza")
    guest.arrives_at("/")
    owner.sees("berto left")


def test_the_last_owner_cannot_leave(visit: Visit, ana: User, plaza: Room) -> None:
    owner = visit(ana)
    owner.goes_to("/rooms/plaza/settings/")
    owner.unfolds("Leave the room")
    owner.presses("Leave Plaza")
    owner.sees("A room keeps an owner: make somebody else one first, or delete the room.")


def test_a_new_name_and_topic_are_seen_at_once_by_who_is_in_the_room(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    owner, reader = visit(ana), visit(berto).enters("lobby")
    owner.goes_to("/rooms/lobby/settings/")
    owner.fills_in("Name", "Salón")
    owner.fills_in("Topic", "Mind the step")
    owner.presses("Save")
    owner.arrives_at("/rooms/lobby/settings/")
    reader.sees_heading("Salón")
    reader.sees("Mind the step")
    reader.sees("ana changed the room: Salón")
    assert reader.page.title() == "Salón · Tertulia"


def test_only_an_owner_is_offered_what_an_owner_may_do(visit: Visit, berto: User, lobby: Room) -> None:
    member = visit(berto)
    member.goes_to("/rooms/lobby/settings/")
    member.unfolds("Leave the room")
    member.sees("You can join again whenever you like.")
    for word in ("Delete", "Archive", "Add by name", "Look after", "Name and topic", "Read the log"):
        assert word not in member.page.inner_text("main")


def test_who_is_in_a_room_that_is_deleted_is_told_at_once(visit: Visit, ana: User, berto: User, plaza: Room) -> None:
    services.join_room(user=berto, slug="plaza")
    reader, owner = visit(berto).enters("plaza"), visit(ana)
    owner.goes_to("/rooms/plaza/settings/")
    owner.unfolds("Delete the room")
    owner.presses("Delete Plaza")
    owner.arrives_at("/")
    reader.sees("This room has been deleted.")
    assert not reader.composer.is_visible()


def test_who_is_added_to_a_private_room_finds_it_and_who_is_not_does_not(
    visit: Visit, ana: User, berto: User, carla: User
) -> None:
    owner, guest, outsider = visit(ana), visit(berto), visit(carla)
    owner.goes_to("/")
    owner.follows("New room")
    owner.fills_in("Name", "Trastienda")
    owner.page.get_by_label("Private", exact=True).check()
    owner.presses("Create the room")
    owner.arrives_at("/rooms/trastienda/")
    owner.opens_menu("This room")
    owner.follows("Room settings")
    owner.fills_in("Add by name", "Berto")
    owner.presses("Add")
    owner.sees("berto")

    guest.goes_to("/")
    guest.page.get_by_role("link", name="Trastienda").click()
    guest.arrives_at("/rooms/trastienda/")
    guest.is_connected()

    outsider.goes_to("/")
    outsider.sees_nothing_of("rastienda")
    assert outsider.goes_to("/rooms/trastienda/") == 404
    outsider.sees_nothing_of("Trastienda")
    outsider.forgives("404")


def test_nobody_of_this_name_can_be_added(visit: Visit, ana: User) -> None:
    owner = visit(ana)
    owner.goes_to("/rooms/lobby/settings/")
    owner.fills_in("Add by name", "nobody")
    owner.presses("Add")
    owner.sees("There is nobody called “nobody”.")


def test_who_is_removed_is_told_at_once_and_can_write_no_more(visit: Visit, ana: User, berto: User) -> None:
    removed, owner = visit(berto).enters("lobby"), visit(ana)
    owner.goes_to("/rooms/lobby/settings/")
    owner.looks_after("berto")
    owner.sees("berto is cut off at once.")
    owner.presses("Remove berto")
    removed.sees("You are not in this room any more.")
    assert not removed.composer.is_visible()
    assert removed.goes_to("/rooms/lobby/") == 404
    removed.forgives("404")


def test_the_list_of_rooms_says_how_much_is_new(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    for number in range(3):
        services.post_message(by=ana, slug="lobby", client_id=uuid4(), body=f"news {number}")
    reader = visit(berto)
    reader.goes_to("/")
    reader.sees("3 new messages")
    reader.enters("lobby").hears("news 2")
    reader.waits_until(lambda: any(frame["type"] == "read" for frame in reader.sockets.sent))
    reader.waits_until(lambda: reader.goes_to("/") and "new messages" not in reader.page.inner_text("main"))
