"""What stands around an open room."""

import pytest
from django.test import Client

from accounts.models import User
from chat import services
from chat.directs import open_direct
from chat.models import Room
from tests.people import browser_of
from tests.rooms import room_of, say

pytestmark = pytest.mark.django_db


def listed(user: User) -> str:
    return browser_of(user).client.get("/sidebar/").content.decode()


def test_the_list_has_my_rooms_with_what_is_new_in_them(ana: User, berto: User, lobby: Room) -> None:
    say(ana, "lobby", "one")
    say(ana, "lobby", "two, for @berto")
    shown = listed(berto)
    assert 'data-room="lobby" data-kind="room" data-notify="mentions" data-unread="2" data-mentions="1"' in shown
    assert "New messages: 2, of them to you: 1" in shown


def test_an_outsider_finds_nothing_of_others_in_it(ana: User, carla: User) -> None:
    room_of(ana, "trastienda", private=True)
    assert "rastienda" not in listed(carla)


def test_what_is_archived_is_left_out(ana: User, lobby: Room) -> None:
    services.update_room(by=ana, slug="lobby", archived=True)
    assert "data-room" not in listed(ana)


def test_direct_messages_bear_the_names_of_the_others(ana: User, berto: User, lobby: Room) -> None:
    slug = open_direct(by=ana, people=[berto]).slug
    assert f'data-room="{slug}" data-kind="direct" data-notify="everything"' in listed(berto)
    assert '<span class="name">ana</span>' in listed(berto)


def test_nobody_keeps_a_copy_of_it(ana: User, lobby: Room) -> None:
    assert "no-store" in browser_of(ana).client.get("/sidebar/")["Cache-Control"]


def test_who_is_not_signed_in_is_led_to_the_door(client: Client, ana: User) -> None:
    assert client.get("/sidebar/")["Location"] == "/sign-in/?next=/sidebar/"
