"""One room's lock is held for longer than anyone should wait: who wants it is answered, and nobody else waits."""

import time

import pytest

from accounts.models import User
from chat.errors import NotFound
from chat.models import Message, Room
from chat.services import join_room
from tests.frames_to_send import CLIENT_ID
from tests.locks import locked
from tests.people import browser_of
from tests.rooms import room_of
from tests.wire import Sockets

# config/settings.py
LOCK_TIMEOUT = 3.0


def test_a_post_to_a_locked_room_is_answered_and_other_rooms_go_on(sockets: Sockets, ana: User, lobby: Room) -> None:
    room_of(ana, "patio")
    browser = browser_of(ana)
    waiting, listener = sockets.typed(browser=browser, room="lobby"), sockets.typed(browser=browser, room="patio")
    with locked(lobby):
        begin = time.monotonic()
        waiting.send({"type": "post", "id": "locked", "room": "lobby", "client_id": CLIENT_ID, "body": "hola"})
        ack = listener.post("patio", "meanwhile")
        assert ack["type"] == "ack"
        assert listener.event()["seq"] == ack["seq"]
        waiting.connection.ping().wait()  # what was sent to it before has arrived
        with pytest.raises(TimeoutError):  # the other room did not wait for the lock
            waiting.find(lambda frame: frame.get("id") == "locked", within=0)
        refusal = waiting.find(lambda frame: frame.get("id") == "locked")
        assert time.monotonic() - begin >= LOCK_TIMEOUT * 0.9
    assert (refusal["type"], refusal["code"]) == ("error", "unavailable")
    assert refusal["retry_after"] > 0
    assert not Message.objects.filter(room=lobby).exists()
    again = waiting.post("lobby", "hola", client_id=CLIENT_ID)
    assert (again["type"], again["duplicate"]) == ("ack", False)


def test_an_outsider_does_not_learn_of_a_private_room_by_waiting_for_its_lock(
    transactional_db: None, ana: User, carla: User
) -> None:
    patio = room_of(ana, "patio", private=True)
    with locked(patio), pytest.raises(NotFound):
        join_room(user=carla, slug="patio")
