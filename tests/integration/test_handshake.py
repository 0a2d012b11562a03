"""Who may open a socket, from where, and for what."""

import pytest

from accounts.models import Token, User
from accounts.services import create_person
from accounts.tokens import revoke_token
from chat.models import Room
from tests.people import PASSWORD, browser_of, is_in
from tests.wire import Sockets
from tests.workers import ORIGIN

# --- where from ---


def test_our_own_pages_may(sockets: Sockets) -> None:
    assert sockets.open("/ws/chat/", origin=ORIGIN).connection.response is not None


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "http://localhost:8001",
        "http://localhost",
        "https://localhost:8000",
        "http://localhost:8000.elsewhere.example",
        "http://elsewhere.example#http://localhost:8000",
        "null",
        "nonsense",
        "http://[",
        "http://localhost:port",
        "http://localhost:99999",
        "file://",
    ],
)
def test_other_pages_may_not(sockets: Sockets, ana: User, origin: str) -> None:
    assert sockets.refused("/ws/chat/", user=ana, origin=origin) == 403


def test_no_page_at_all_may_not(sockets: Sockets, ana: User) -> None:
    assert sockets.refused("/ws/chat/", user=ana, origin=None) == 403


def test_the_lab_has_the_same_door(sockets: Sockets) -> None:
    assert sockets.refused("/ws/lab/", origin="https://elsewhere.example") == 403


def test_a_program_with_a_token_comes_from_nowhere(sockets: Sockets, token: str) -> None:
    assert sockets.typed(token=token, origin=None).ask("ping")["type"] == "pong"


def test_only_a_bearer_token_stands_in_for_an_origin(sockets: Sockets) -> None:
    assert sockets.refused("/ws/chat/", origin=None, headers={"Authorization": "Basic YW5hOmFuYQ=="}) == 403


# --- what for ---


@pytest.mark.parametrize(
    "path", ["/", "/ws/", "/ws/nothing/", "/ws/chat", "/ws/chat/lobby", "/ws/chat/LOBBY/", "/ws/chat/lobby/more/"]
)
def test_a_path_without_a_route_is_refused(sockets: Sockets, ana: User, path: str) -> None:
    assert sockets.refused(path, user=ana) == 403


def test_the_typed_form_has_a_name(sockets: Sockets, ana: User) -> None:
    typed = sockets.open("/ws/chat/", user=ana, subprotocols=["chat.v1"])
    assert typed.connection.subprotocol == "chat.v1"


def test_the_typed_form_is_found_among_others(sockets: Sockets, ana: User) -> None:
    typed = sockets.open("/ws/chat/", user=ana, subprotocols=["chat.v9", "chat.v1"])
    assert typed.connection.subprotocol == "chat.v1"
    assert typed.next()["type"] == "welcome"


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
def test_only_unknown_forms_are_refused(sockets: Sockets, ana: User, path: str) -> None:
    assert sockets.refused(path, user=ana, subprotocols=["chat.v9", "mqtt"]) == 403


# --- who ---


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
def test_the_typed_form_wants_to_know_who_speaks(sockets: Sockets, lobby: Room, path: str) -> None:
    assert sockets.open(path, typed=True).close_code() == 4401


def test_a_session_that_nobody_has_is_nobodys(sockets: Sockets, ana: User) -> None:
    headers = {"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"}
    assert sockets.open("/ws/chat/", typed=True, headers=headers).close_code() == 4401


def test_a_session_of_someone_deactivated_is_nobodys(sockets: Sockets, berto: User) -> None:
    browser = browser_of(berto)
    berto.is_active = False
    berto.save()
    assert sockets.open("/ws/chat/", browser=browser, typed=True).close_code() == 4401


def test_the_outsider_is_told_that_she_may_not(sockets: Sockets, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    carlas = sockets.open("/ws/chat/lobby/", user=carla, typed=True)
    assert carlas.close_code() == 4403


def test_a_room_that_does_not_exist_looks_like_one_that_is_not_mine(sockets: Sockets, ana: User) -> None:
    assert sockets.open("/ws/chat/nowhere/", user=ana, typed=True).close_code() == 4403


# --- tokens ---


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/"])
@pytest.mark.parametrize("typed", [True, False])
def test_a_wrong_token_is_refused(sockets: Sockets, lobby: Room, path: str, typed: bool) -> None:
    assert sockets.open(path, token="tertulia_wrong", typed=typed).close_code() == 4401


def test_a_wrong_token_is_refused_whatever_cookie_comes_with_it(sockets: Sockets, ana: User) -> None:
    assert sockets.open("/ws/chat/", user=ana, token="tertulia_wrong", typed=True).close_code() == 4401


def test_a_good_token_goes_before_a_cookie(sockets: Sockets, ana: User, bot: User, token: str) -> None:
    chat = sockets.open("/ws/chat/", user=ana, token=token, typed=True)
    assert chat.next()["user"] == {"id": bot.pk, "name": "bot"}


def test_a_revoked_token_is_refused(sockets: Sockets, token: str) -> None:
    revoke_token(token_id=Token.objects.get().pk)
    assert sockets.open("/ws/chat/", token=token, typed=True).close_code() == 4401


def test_a_token_of_someone_deactivated_is_refused(sockets: Sockets, bot: User, token: str) -> None:
    bot.is_active = False
    bot.save()
    assert sockets.open("/ws/chat/", token=token, typed=True).close_code() == 4401


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer \xff\xfe", "bearer " + "x" * 4000])
def test_what_is_no_token_is_refused_whatever_cookie_comes_with_it(sockets: Sockets, ana: User, value: str) -> None:
    headers = {"Authorization": value}
    assert sockets.open("/ws/chat/", user=ana, headers=headers, origin=ORIGIN, typed=True).close_code() == 4401


# --- how many ---


def test_the_socket_too_many_is_told_so_and_the_others_stay(sockets: Sockets, ana: User, berto: User) -> None:
    browser = browser_of(ana)
    allowed = [sockets.typed(browser=browser) for _ in range(20)]
    assert sockets.open("/ws/chat/", browser=browser, typed=True).close_code() == 4409
    assert sockets.typed(berto).ask("ping")["type"] == "pong"
    allowed.pop().close()
    assert sockets.typed(browser=browser).ask("ping")["type"] == "pong"
    assert all(chat.ask("ping")["type"] == "pong" for chat in allowed)


def test_the_echo_of_nobody_counts_for_nobody(sockets: Sockets) -> None:
    echoes = [sockets.echo() for _ in range(25)]
    for echo in echoes:
        echo.say("hola")
    assert [echo.next()["message"] for echo in echoes] == ["hola"] * 25


def test_names_are_told_as_they_were_chosen(sockets: Sockets, ana: User) -> None:
    with_accents = create_person(name="Ñuñez", password=PASSWORD)
    chat = sockets.open("/ws/chat/", user=with_accents, typed=True)
    assert chat.next()["user"] == {"id": with_accents.pk, "name": "Ñuñez"}
