"""The pages of rooms: who sees what, and what their forms do."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chat.directs import open_direct
from chat.models import Membership, Message, Room
from chat.roles import change_member
from chat.services import join_room, mark_read, update_room
from tests.page import said
from tests.people import PASSWORD, is_in, role_of
from tests.rooms import fill, room_of, say


def page_data(html: str) -> dict[str, Any]:
    """What the page's scripts start with."""
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


# --- who sees what ---


@pytest.mark.parametrize("path", ["/", "/rooms/lobby/", "/rooms/lobby/settings/"])
def test_who_is_not_signed_in_is_asked_to(client: Client, lobby: Room, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"


POSTS = [
    "/rooms/lobby/join/",
    "/rooms/lobby/leave/",
    "/rooms/lobby/update/",
    "/rooms/lobby/archive/",
    "/rooms/lobby/notices/",
    "/rooms/lobby/delete/",
    "/rooms/lobby/members/add/",
    "/rooms/lobby/members/1/remove/",
    "/rooms/lobby/members/1/role/",
    "/rooms/lobby/members/1/mute/",
]


@pytest.mark.parametrize("path", POSTS)
def test_what_changes_something_is_a_form_of_ours(client: Client, ana: User, lobby: Room, path: str) -> None:
    assert client.post(path).headers["Location"].startswith("/sign-in/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    assert strict.get(path).status_code == 405
    assert strict.post(path).status_code == 403
    assert Room.objects.get() == lobby


def test_a_member_sees_the_room(bertos: Client, lobby: Room) -> None:
    response = bertos.get("/rooms/lobby/")
    assert response.status_code == 200
    assert response.context["room"] == lobby
    assert response.context["membership"].role == "member"
    assert bertos.get("/rooms/lobby/settings/").status_code == 200


@pytest.mark.parametrize("page", ["", "settings/", "log/"])
@pytest.mark.parametrize("private", [True, False])
def test_the_outsider_gets_the_same_as_for_a_room_that_does_not_exist(
    ana: User, carlas: Client, page: str, private: bool
) -> None:
    room_of(ana, "patio", private=private)
    there, nowhere = carlas.get(f"/rooms/patio/{page}"), carlas.get(f"/rooms/nowhere/{page}")
    assert there.status_code == nowhere.status_code == 404
    assert b"Patio" not in there.content


@pytest.mark.parametrize("page", ["", "settings/", "log/"])
def test_the_outsider_gets_the_same_for_the_direct_messages_of_others(
    ana: User, berto: User, carlas: Client, page: str
) -> None:
    slug = open_direct(by=ana, people=[berto]).slug
    assert carlas.get(f"/rooms/{slug}/{page}").status_code == 404


@pytest.mark.parametrize("slug", ["LOBBY", "lo_bby", "x" * 100])
def test_an_address_that_is_none_is_not_found(anas: Client, slug: str) -> None:
    assert anas.get(f"/rooms/{slug}/").status_code == 404
    assert anas.post(f"/rooms/{slug}/join/").status_code == 404


# --- the list ---


def test_the_list_shows_my_rooms_and_those_to_join(ana: User, berto: User, bertos: Client, lobby: Room) -> None:
    room_of(ana, "garden")
    room_of(ana, "secret", private=True)
    say(ana, "lobby", "hola")
    response = bertos.get("/")
    [mine], [public] = response.context["rooms"], response.context["public_rooms"]
    assert (mine.slug, mine.unread) == ("lobby", 1)
    assert (public.slug, public.member_count) == ("garden", 1)
    html = response.content.decode()
    assert "Garden" in html
    assert "Secret" not in html


def test_the_list_has_direct_messages_and_what_is_archived_apart(
    ana: User, berto: User, bertos: Client, lobby: Room
) -> None:
    open_direct(by=ana, people=[berto])
    for slug in ("attic", "cellar"):
        room_of(ana, slug)
        update_room(by=ana, slug=slug, archived=True)
    join_room(user=berto, slug="attic")
    response = bertos.get("/")
    found = {
        name: [room.title for room in response.context[name]]
        for name in ("open_rooms", "directs", "archived_rooms", "public_rooms")
    }
    assert found == {
        "open_rooms": ["Lobby"],
        "directs": ["ana"],
        "archived_rooms": ["Attic"],
        "public_rooms": ["Cellar"],
    }


def test_a_list_of_many_rooms_to_join_comes_page_by_page(ana: User, carlas: Client) -> None:
    Room.objects.bulk_create(Room(slug=f"room-{number:03}", name=f"Room {number:03}") for number in range(150))
    first, second = (carlas.get(f"/?page={page}").context["public_rooms"] for page in (1, 2))
    assert (len(first), len(second)) == (100, 51)
    assert carlas.get("/?page=x").context["public_rooms"].number == 1


def test_a_room_of_any_address_can_be_opened(carlas: Client) -> None:
    assert carlas.post("/new-room/", {"name": "New"}).headers["Location"] == "/rooms/new/"
    assert carlas.get("/rooms/new/").status_code == 200


def test_who_is_in_no_room_sees_that(carlas: Client) -> None:
    response = carlas.get("/")
    assert response.status_code == 200
    assert response.context["rooms"] == []


def test_a_new_room_is_made_by_its_form(carlas: Client, carla: User) -> None:
    form = {"name": "The patio", "slug": "patio", "topic": "Plants", "private": "on"}
    assert carlas.post("/new-room/", form).headers["Location"] == "/rooms/patio/"
    room = Room.objects.get(slug="patio")
    assert (room.name, room.topic, room.private) == ("The patio", "Plants", True)
    assert role_of(carla, room) == Membership.Role.OWNER


@pytest.mark.parametrize(
    ("name", "slug"), [("The Patio!", "the-patio"), ("Año nuevo", "ano-nuevo"), ("x" * 80, "x" * 64)]
)
def test_the_address_is_made_from_the_name(carlas: Client, name: str, slug: str) -> None:
    assert carlas.post("/new-room/", {"name": name}).headers["Location"] == f"/rooms/{slug}/"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "日本"}, "slug"),
        ({"name": "Patio", "slug": "The Patio"}, "slug"),
        ({"name": "Patio", "slug": "x" * 65}, "slug"),
        ({"name": "Patio", "slug": "dm-patio"}, "slug"),
        ({"name": "Another", "slug": "lobby"}, "slug"),
        ({"name": "Lobby"}, "slug"),
        ({"name": "Patio", "topic": "x" * 251}, "topic"),
        ({"name": "a\x00b"}, "name"),
    ],
    ids=str,
)
def test_a_room_that_will_not_do_is_said_beside_its_field(carlas: Client, form: dict[str, str], field: str) -> None:
    response = carlas.post("/new-room/", form)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Room.objects.count() == 1


# --- the room ---


def test_the_page_starts_with_the_newest_messages(ana: User, anas: Client, lobby: Room) -> None:
    head = fill(lobby, ana, 60)
    data = page_data(anas.get("/rooms/lobby/").content.decode())
    assert data["room"] == {"slug": "lobby", "name": "Lobby", "topic": "", "kind": "room", "archived": False}
    assert data["me"] == {"role": "owner", "muted_until": None}
    assert data["user"] == {"id": ana.pk, "name": "ana"}
    assert (data["seq"], data["more"]) == (head, True)
    assert [message["seq"] for message in data["messages"]] == list(range(head - 49, head + 1))


def test_the_page_may_start_with_what_was_said_around_a_message(ana: User, anas: Client, lobby: Room) -> None:
    fill(lobby, ana, 120)
    data = page_data(anas.get("/rooms/lobby/?at=40").content.decode())
    seqs = [message["seq"] for message in data["messages"]]
    assert (data["at"], data["more"], data["newer"]) == (40, True, True)
    assert seqs[0] < 40 < seqs[-1]


@pytest.mark.parametrize("at", ["", "x", "-1", "9" * 30, "\x00"])
def test_an_address_of_no_message_starts_with_the_newest(ana: User, anas: Client, lobby: Room, at: str) -> None:
    head = fill(lobby, ana, 60)
    data = page_data(anas.get("/rooms/lobby/", {"at": at}).content.decode())
    assert (data["at"], data["messages"][-1]["seq"]) == (None, head)


def test_the_page_knows_up_to_where_all_was_seen(ana: User, bertos: Client, berto: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    assert page_data(bertos.get("/rooms/lobby/").content.decode())["read_seq"] < seq
    mark_read(by=berto, slug="lobby", seq=seq)
    assert page_data(bertos.get("/rooms/lobby/").content.decode())["read_seq"] is None


def test_the_page_knows_what_one_may_do(ana: User, berto: User, anas: Client, bertos: Client, lobby: Room) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=60)
    update_room(by=ana, slug="lobby", archived=True)
    owner, member = (page_data(client.get("/rooms/lobby/").content.decode()) for client in (anas, bertos))
    assert owner["me"] == {"role": "owner", "muted_until": None}
    assert (member["me"]["role"], member["me"]["muted_until"] is None) == ("member", False)
    assert owner["room"]["archived"] is member["room"]["archived"] is True


@pytest.mark.parametrize("body", ["</script><script>alert(1)</script>", "<!--<script>", "a\u2028b", "'\"&"])
def test_what_is_said_stays_data(ana: User, anas: Client, lobby: Room, body: str) -> None:
    say(ana, "lobby", body)
    html = anas.get("/rooms/lobby/").content.decode()
    assert page_data(html)["messages"][0]["body"] == body
    assert "<script>alert(1)" not in html
    assert Message.objects.get().body == body


def test_a_room_with_a_dangerous_name_is_shown_as_text(ana: User, anas: Client) -> None:
    Room.objects.filter(slug="lobby").update(name="<script>alert(1)</script>", topic="<img src=x>")
    for path in ("/", "/rooms/lobby/", "/rooms/lobby/settings/"):
        html = anas.get(path).content.decode()
        assert "<script>alert(1)" not in html
        assert "<img src=x>" not in html


# --- joining ---


def test_anyone_joins_a_public_room(carlas: Client, carla: User, lobby: Room) -> None:
    assert carlas.post("/rooms/lobby/join/").headers["Location"] == "/rooms/lobby/"
    assert is_in(lobby, carla)


def test_whose_rooms_are_full_is_told_so(
    carlas: Client, carla: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_of(carla, "patio")
    monkeypatch.setattr("chat.services.MAX_ROOMS", 1)
    for path, form in (("/rooms/lobby/join/", {}), ("/new-room/", {"name": "Cellar"})):
        response = carlas.post(path, form)
        assert response.headers["Location"] == "/"
        assert said(response) == ["You are in as many rooms as one can look after. Leave one first."]
        carlas.get("/")  # where it is read
    assert list(Room.objects.filter(memberships__user=carla).values_list("slug", flat=True)) == ["patio"]


def test_nobody_joins_a_private_room(ana: User, carlas: Client, carla: User) -> None:
    secret = room_of(ana, "secret", private=True)
    assert carlas.post("/rooms/secret/join/").status_code == 404
    assert not is_in(secret, carla)


# --- what comes with every page ---


@pytest.mark.parametrize("path", ["/", "/rooms/lobby/", "/rooms/lobby/settings/", "/invite/", "/lab/", "/nowhere/"])
def test_every_page_is_sealed(anas: Client, path: str) -> None:
    response = anas.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    html = response.content.decode()
    assert not re.search(r"\son\w+=|<script>|\sstyle=|javascript:", html)


@pytest.mark.parametrize("path", ["/sign-in/", "/first-run/"])
def test_so_are_the_pages_for_strangers(client: Client, db: None, path: str) -> None:
    assert "default-src 'self'" in client.get(path).headers["Content-Security-Policy"]


def test_a_host_that_is_not_ours_is_not_answered(client: Client, ana: User) -> None:
    assert client.get("/sign-in/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_cookies_are_out_of_reach(client: Client, ana: User) -> None:
    client.post("/sign-in/", {"username": "ana", "password": PASSWORD})
    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
