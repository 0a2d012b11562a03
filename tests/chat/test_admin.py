"""Rooms in the admin: to look at, not to edit."""

import pytest

from accounts.models import User
from chat.models import Membership, Room
from tests.people import browser_of, role_of
from tests.rooms import kinds, room_of, say


@pytest.fixture
def attic(carla: User) -> Room:
    """A private room that the administrator is not in."""
    return room_of(carla, "attic", private=True)


def test_a_room_is_shown_with_its_members_and_without_its_messages(ana: User, carla: User, attic: Room) -> None:
    say(carla, "attic", "what nobody else shall read")
    page = browser_of(ana).client.get(f"/admin/chat/room/{attic.pk}/change/").content.decode()
    assert "Attic" in page
    assert "carla" in page
    assert "what nobody else shall read" not in page


def test_nothing_of_a_room_is_edited(ana: User, carla: User, attic: Room) -> None:
    membership = Membership.objects.get(room=attic, user=carla)
    before = kinds(attic)
    form = {
        "private": "",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-room": attic.pk,
        "memberships-0-role": "member",
    }
    admin = browser_of(ana).client
    assert admin.post(f"/admin/chat/room/{attic.pk}/change/", form).status_code == 403
    attic.refresh_from_db()
    assert attic.private
    assert role_of(carla, attic) == "owner"
    assert kinds(attic) == before
