"""Who loses a right is cut off at once, on every worker; who is not concerned stays.

The workers here do not look each second for what they missed: it is the order through Redis that cuts off.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.test import Client

from accounts.models import Token, User
from accounts.tokens import issue_token, revoke_token
from chat.models import Room
from chat.services import add_member, delete_room, remove_member
from tests.counted_worker import CountedWorker
from tests.people import PASSWORD, Browser, browser_of
from tests.rooms import room_of, say
from tests.wire import Chat, Sockets


@pytest.fixture
def everywhere(without_a_sweep: list[CountedWorker]) -> Iterator[list[Sockets]]:
    """Two workers."""
    with ExitStack() as stack:
        yield [Sockets(worker, stack) for worker in without_a_sweep]


@pytest.fixture
def sockets(everywhere: list[Sockets]) -> Sockets:
    """On one of the two."""
    return everywhere[0]


def all_answer(chats: list[Chat]) -> bool:
    return all(chat.ask("ping")["type"] == "pong" for chat in chats)


# --- a room ---


def told(chat: Chat, room: str, reason: str) -> bool:
    frame = chat.find(lambda frame: frame["type"] == "unsubscribed")
    return frame == {"type": "unsubscribed", "room": room, "reason": reason}


def test_who_is_removed_from_a_room_hears_no_more_of_it(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    bertos = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert all(told(chat, "lobby", "removed") for chat in bertos)
    seq = say(ana, "lobby", "now that he is gone")
    for chat in anas:
        assert [event["seq"] for event in chat.events(2)] == [seq - 1, seq]
    for chat in bertos:
        assert chat.before_pong() == []
        assert chat.post("lobby", "hola")["code"] == chat.subscribe("lobby")["code"] == "not_found"
        assert chat.ask("unsubscribe", room="lobby")["code"] == "not_found"


def test_who_is_removed_keeps_their_other_rooms(everywhere: list[Sockets], ana: User, berto: User, lobby: Room) -> None:
    room_of(berto, "patio")
    bertos = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    for chat in bertos:
        chat.subscribe("patio")
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert all(told(chat, "lobby", "removed") for chat in bertos)
    seq = say(berto, "patio", "still here")
    assert [chat.event()["seq"] for chat in bertos] == [seq] * 2


def test_who_leaves_is_told_so_on_all_their_sockets(everywhere: list[Sockets], berto: User, lobby: Room) -> None:
    bertos = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    remove_member(by=berto, slug="lobby", user_id=berto.pk)
    assert all(told(chat, "lobby", "removed") for chat in bertos)


def test_who_comes_back_may_listen_again(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    chat = sockets.typed(berto, room="lobby")
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert told(chat, "lobby", "removed")
    add_member(by=ana, slug="lobby", user=berto)
    assert chat.subscribe("lobby")["type"] == "subscribed"
    seq = say(ana, "lobby", "hola again")
    assert chat.event()["seq"] == seq


def test_a_plain_socket_of_who_is_removed_is_closed(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    anas = [sockets.plain(ana, "lobby") for sockets in everywhere]
    bertos = [sockets.plain(berto, "lobby") for sockets in everywhere]
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert [chat.close_code() for chat in bertos] == [4403] * 2
    anas[0].say("hola")
    assert [chat.next()["message"] for chat in anas] == ["hola"] * 2


def test_a_room_that_is_deleted_is_taken_from_everyone(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    chats = [sockets.typed(user, room="patio") for sockets in everywhere for user in (ana, berto)]
    plain = [sockets.plain(berto, "patio") for sockets in everywhere]
    delete_room(by=ana, slug="patio")
    assert all(told(chat, "patio", "room_deleted") for chat in chats)
    assert [chat.close_code() for chat in plain] == [4403] * 2
    assert [chat.subscribe("patio")["code"] for chat in chats] == ["not_found"] * 4
    assert [chat.subscribe("lobby")["type"] for chat in chats] == ["subscribed"] * 4


def test_a_room_of_the_same_address_is_another_room(sockets: Sockets, ana: User, berto: User, lobby: Room) -> None:
    room_of(ana, "patio")
    add_member(by=ana, slug="patio", user=berto)
    anas, bertos = sockets.typed(ana, room="patio"), sockets.typed(berto, room="patio")
    delete_room(by=ana, slug="patio")
    assert all(told(chat, "patio", "room_deleted") for chat in (anas, bertos))
    room_of(ana, "patio")
    assert anas.subscribe("patio")["seq"] == 1
    seq = say(ana, "patio", "a new beginning")
    assert anas.event()["seq"] == seq == 2
    assert bertos.before_pong() == []


# --- a credential ---


def sign_out(browser: Browser) -> None:
    response = browser.client.post("/sign-out/")
    assert response.status_code == 302


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def test_who_signs_out_is_cut_off_in_that_browser_alone(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    here, elsewhere = browser_of(berto), browser_of(berto)
    leaving = [sockets.typed(browser=here, room="lobby") for sockets in everywhere]
    plain = [sockets.plain_of(here, "lobby") for sockets in everywhere]
    staying = [sockets.typed(browser=elsewhere, room="lobby") for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    sign_out(here)
    assert [chat.close_code() for chat in leaving + plain] == [4401] * 4
    assert all_answer(staying + anas)


def test_who_is_deactivated_is_cut_off_everywhere(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    token = issue_token(user=berto)
    leaving = [sockets.typed(browser=browser_of(berto)) for sockets in everywhere]
    leaving += [sockets.typed(token=token, room="lobby") for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    deactivate(berto)
    assert [chat.close_code() for chat in leaving] == [4401] * 4
    assert all_answer(anas)


def test_a_token_that_is_revoked_closes_its_sockets_alone(
    everywhere: list[Sockets], ana: User, bot: User, lobby: Room
) -> None:
    revoked, kept = issue_token(user=bot), issue_token(user=bot)
    leaving = [sockets.typed(token=revoked, room="lobby") for sockets in everywhere]
    staying = [sockets.typed(token=kept, room="lobby") for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    assert revoke_token(token_id=Token.objects.earliest("pk").pk)
    assert [chat.close_code() for chat in leaving] == [4401] * 2
    assert all_answer(staying + anas)


def test_a_new_password_makes_every_socket_prove_itself_again(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    browser, token = browser_of(berto), issue_token(user=berto)
    reconnecting = [sockets.typed(browser=browser, room="lobby") for sockets in everywhere]
    reconnecting += [sockets.typed(token=token, room="lobby") for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    berto.set_password("otra-cosa-muy-distinta")
    berto.save()
    assert [chat.close_code() for chat in reconnecting] == [1012] * 4
    # The session was made with the old password; the token has nothing to do with it.
    assert [sockets.open("/ws/chat/", browser=browser, typed=True).close_code() for sockets in everywhere] == [4401] * 2
    assert all_answer([sockets.typed(token=token) for sockets in everywhere])
    assert all_answer(anas)


def test_a_password_changed_on_its_page_leaves_that_browser_alone_signed_in(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    here, elsewhere = browser_of(berto), browser_of(berto)
    reconnecting = [sockets.typed(browser=one, room="lobby") for sockets in everywhere for one in (here, elsewhere)]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    form = {"old_password": PASSWORD, "new_password1": "otra-cosa-muy-distinta"}
    form["new_password2"] = form["new_password1"]
    assert here.client.post("/account/password/", form).status_code == 302
    assert [chat.close_code() for chat in reconnecting] == [1012] * 4
    assert all_answer([sockets.typed(browser=here, room="lobby") for sockets in everywhere])
    refused = [sockets.open("/ws/chat/", browser=elsewhere, typed=True) for sockets in everywhere]
    assert [chat.close_code() for chat in refused] == [4401] * 2
    assert all_answer(anas)


def test_who_signs_out_everywhere_is_cut_off_in_every_browser_but_not_in_programs(
    everywhere: list[Sockets], ana: User, berto: User, lobby: Room
) -> None:
    here, elsewhere, token = browser_of(berto), browser_of(berto), issue_token(user=berto)
    leaving = [sockets.typed(browser=one, room="lobby") for sockets in everywhere for one in (here, elsewhere)]
    plain = [sockets.plain_of(elsewhere, "lobby") for sockets in everywhere]
    staying = [sockets.typed(token=token, room="lobby") for sockets in everywhere]
    anas = [sockets.typed(ana, room="lobby") for sockets in everywhere]
    assert here.client.post("/account/sign-out-everywhere/").status_code == 302
    assert [chat.close_code() for chat in leaving + plain] == [4401] * 6
    assert all_answer(staying + anas)
    refused = [
        sockets.open("/ws/chat/", browser=one, typed=True) for sockets in everywhere for one in (here, elsewhere)
    ]
    assert [chat.close_code() for chat in refused] == [4401] * 4
    berto.refresh_from_db()
    assert all_answer([sockets.typed(browser=browser_of(berto), room="lobby") for sockets in everywhere])


def test_what_changes_no_credential_closes_nothing(everywhere: list[Sockets], berto: User) -> None:
    chats = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    stored = User.objects.get(pk=berto.pk)
    stored.is_staff = True
    stored.save()
    assert all_answer(chats)


def test_the_admin_cuts_off_whom_it_deactivates(everywhere: list[Sockets], ana: User, berto: User) -> None:
    chats = [sockets.typed(berto, room="lobby") for sockets in everywhere]
    admin = browser_of(ana).client
    form = {"username": "berto", "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    assert admin.post(f"/admin/accounts/user/{berto.pk}/change/", form).status_code == 302
    assert [chat.close_code() for chat in chats] == [4401] * 2


def test_who_signs_in_anew_in_the_same_browser_is_cut_off_in_the_old_session(
    sockets: Sockets, ana: User, berto: User
) -> None:
    browser = browser_of(berto)
    chat = sockets.typed(browser=browser)
    browser.client.force_login(ana)
    assert chat.close_code() == 4401


def test_signing_in_elsewhere_closes_nothing(everywhere: list[Sockets], berto: User) -> None:
    chats = [sockets.typed(berto) for sockets in everywhere]
    assert Client().post("/sign-in/", {"username": "berto", "password": PASSWORD}).status_code == 302
    assert all_answer(chats)
