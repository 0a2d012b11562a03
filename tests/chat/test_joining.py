"""Coming in without an owner's hand."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from accounts.services import join_code, renew_join_link
from chat.joining import enter_lobby, join_by_link, program_in_rooms
from chat.models import Event, Room
from chat.services import delete_room, update_room
from chat.writing import lock_room
from tests.page import said
from tests.people import PASSWORD, browser_of, is_in
from tests.rooms import room_of

FORM = {"name": "dora", "password": PASSWORD}


def path() -> str:
    return f"/join/{join_code()}/"


def test_who_joins_by_the_link_is_in_the_lobby(ana: User, lobby: Room) -> None:
    dora = join_by_link(name="dora", password=PASSWORD)
    assert is_in(lobby, dora)
    assert not dora.is_staff


def test_a_name_that_is_taken_leaves_nothing_behind(ana: User, lobby: Room) -> None:
    with pytest.raises(ValidationError):
        join_by_link(name="Ana", password=PASSWORD)
    assert User.objects.count() == 1
    assert Event.objects.count() == 1


def test_without_a_lobby_one_has_an_account_all_the_same(ana: User) -> None:
    delete_room(by=ana, slug="lobby")
    dora = join_by_link(name="dora", password=PASSWORD)
    assert enter_lobby(user=dora) is None


def test_a_program_is_joined_where_it_is_not_yet(ana: User, lobby: Room) -> None:
    bot = program_in_rooms(name="bot", slugs=["lobby"])
    assert program_in_rooms(name="bot", slugs=["lobby"]) == bot
    assert Event.objects.filter(subject=bot).count() == 1


# --- the page ---


def test_the_form_of_the_link_makes_an_account_and_signs_in(client: Client, ana: User, lobby: Room) -> None:
    page = client.get(path())
    assert page.status_code == 200
    assert page.context["room"] == lobby
    response = client.post(path(), FORM)
    assert (response.status_code, response.headers["Location"]) == (302, "/rooms/lobby/")
    assert client.get("/rooms/lobby/").context["user"].username == "dora"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": "ANA"}, "name"), ({"name": ""}, "name"), ({"password": "short"}, "password"), ({"name": "a b"}, "name")],
)
def test_what_will_not_do_is_said_beside_its_field(
    client: Client, ana: User, wrong: dict[str, str], field: str
) -> None:
    response = client.post(path(), {**FORM, **wrong})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert User.objects.count() == 1


def test_who_is_signed_in_joins_the_lobby_by_a_button(carla: User, lobby: Room) -> None:
    browser = browser_of(carla).client
    assert not is_in(lobby, carla)
    assert browser.get(path()).status_code == 200
    assert not is_in(lobby, carla)
    assert browser.post(path()).headers["Location"] == "/rooms/lobby/"
    assert is_in(lobby, carla)


def test_another_page_cannot_press_that_button(carla: User, lobby: Room) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(carla)
    assert strict.post(path()).status_code == 403
    assert not is_in(lobby, carla)


def test_who_is_in_the_lobby_is_brought_there(berto: User) -> None:
    assert browser_of(berto).client.get(path()).headers["Location"] == "/rooms/lobby/"


def test_a_renewed_link_is_dead(client: Client, ana: User) -> None:
    old = path()
    renew_join_link()
    assert client.get(old).status_code == 404
    assert client.post(old, FORM).status_code == 404
    assert client.get(path()).status_code == 200


@pytest.mark.parametrize("code", ["wrong", "%00", "%F0%9F%A7%89"])
def test_a_wrong_link_leads_nowhere(client: Client, ana: User, code: str) -> None:
    assert client.get(f"/join/{code}/").status_code == 404
    assert client.post(f"/join/{code}/", FORM).status_code == 404


def test_without_a_lobby_the_link_still_works(client: Client, ana: User) -> None:
    delete_room(by=ana, slug="lobby")
    assert client.get(path()).status_code == 200
    response = client.post(path(), FORM, follow=True)
    assert (response.status_code, response.redirect_chain) == (200, [("/", 302)])
    assert response.context["user"].username == "dora"
    anas = browser_of(ana).client
    assert anas.get(path()).headers["Location"] == anas.post(path()).headers["Location"] == "/"


def test_a_lobby_that_is_deleted_in_this_moment_is_none(
    carla: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(slug: str) -> Room:
        Room.objects.filter(slug=slug).delete()
        return lock_room(slug)

    monkeypatch.setattr("chat.services.lock_room", too_late)
    assert browser_of(carla).client.post(path()).headers["Location"] == "/"


def test_whose_rooms_are_full_is_told_so(carla: User, lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room_of(carla, "patio")
    monkeypatch.setattr("chat.services.MAX_ROOMS", 1)
    carlas = browser_of(carla).client
    response = carlas.post(path())
    assert response.headers["Location"] == "/"
    assert said(response) == ["You are in as many rooms as one can look after. Leave one first."]
    assert said(response)[0] in carlas.get("/").content.decode()
    assert not is_in(lobby, carla)


def test_nobody_comes_into_a_private_room_by_the_link(client: Client, ana: User, carla: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name="Cabinet", private=True)
    assert "Cabinet" not in client.get(path()).content.decode()
    assert client.post(path(), FORM).headers["Location"] == "/"
    carlas = browser_of(carla).client
    assert carlas.get(path()).headers["Location"] == carlas.post(path()).headers["Location"] == "/"
    assert list(lobby.memberships.values_list("user", flat=True)) == [ana.pk]
    assert browser_of(ana).client.get(path()).headers["Location"] == "/rooms/lobby/"


def test_only_an_administrator_opens_a_new_lobby(ana: User, carla: User) -> None:
    delete_room(by=ana, slug="lobby")
    with pytest.raises(ValidationError, match="administrator"):
        room_of(carla, "lobby")
    dora = join_by_link(name="dora", password=PASSWORD)
    lobby = room_of(ana, "lobby")
    assert enter_lobby(user=dora) == lobby
    assert is_in(lobby, dora)


# --- handing the link on ---


def test_the_administrator_sees_and_renews_the_link(ana: User) -> None:
    browser = browser_of(ana).client
    shown = browser.get("/invite/").context["link"]
    assert shown == f"http://testserver{path()}"
    assert browser.post("/invite/renew/").headers["Location"] == "/invite/"
    assert browser.get("/invite/").context["link"] == f"http://testserver{path()}" != shown


def test_a_link_does_not_renew_the_link(ana: User) -> None:
    before = path()
    assert browser_of(ana).client.get("/invite/renew/").status_code == 405
    assert path() == before


def test_nobody_else_sees_or_renews_the_link(client: Client, berto: User) -> None:
    before = path()
    for page in (client.get("/invite/"), client.post("/invite/renew/")):
        assert page.headers["Location"].startswith("/sign-in/")
    bertos = browser_of(berto).client
    assert bertos.get("/invite/").status_code == 403
    assert bertos.post("/invite/renew/").status_code == 403
    assert path() == before
