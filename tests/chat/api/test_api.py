"""The API, call by call, as docs/protocol.md has it: who may, who may not, and what is answered."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Token, User
from accounts.tokens import revoke_token
from chat.models import Membership, Message, Room
from chat.services import add_member
from chat.times import wire_time
from tests.chat.api.program import BAD_FRAME, CLIENT_ID, FORBIDDEN, NOT_FOUND, V1, Program
from tests.people import is_in
from tests.rooms import fill, room_of, say

# --- who asks ---


def test_i_am_who_my_token_says(berto: User, bertos: Program) -> None:
    assert bertos.get("/me/") == {"id": berto.pk, "name": "berto"}


def test_i_am_who_my_session_says(client: Client, berto: User) -> None:
    client.force_login(berto)
    assert client.get(f"{V1}/me/").json() == {"id": berto.pk, "name": "berto"}


CALLS = [
    ("GET", "/me/"),
    ("GET", "/people/"),
    ("POST", "/directs/"),
    ("GET", "/rooms/"),
    ("POST", "/rooms/"),
    ("GET", "/rooms/lobby/"),
    ("PATCH", "/rooms/lobby/"),
    ("DELETE", "/rooms/lobby/"),
    ("PATCH", "/rooms/lobby/me/"),
    ("GET", "/rooms/lobby/log/"),
    ("GET", "/rooms/lobby/members/"),
    ("PUT", "/rooms/lobby/members/berto/"),
    ("PATCH", "/rooms/lobby/members/berto/"),
    ("DELETE", "/rooms/lobby/members/berto/"),
    ("GET", "/rooms/lobby/messages/"),
    ("POST", "/rooms/lobby/messages/"),
    ("GET", "/rooms/lobby/messages/3/"),
    ("PATCH", "/rooms/lobby/messages/3/"),
    ("DELETE", "/rooms/lobby/messages/3/"),
    ("PUT", "/rooms/lobby/messages/3/reactions/x/"),
    ("DELETE", "/rooms/lobby/messages/3/reactions/x/"),
    ("GET", "/rooms/lobby/events/"),
    ("POST", "/rooms/lobby/uploads/"),
    ("DELETE", f"/rooms/lobby/uploads/{CLIENT_ID}/"),
    ("GET", "/search/"),
]
# What stands in these addresses for something else.
PARAMETERS = {"lobby": "{room}", "berto": "{user}", "3": "{seq}", "x": "{emoji}", CLIENT_ID: "{upload}"}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_who_is_not_signed_in_is_told_so(client: Client, lobby: Room, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}):
        response = client.generic(method, V1 + path, headers=headers)
        assert response.status_code == 401
        assert json.loads(response.content)["error"]["code"] == "not_signed_in"


def test_a_revoked_token_is_nobodys(bertos: Program) -> None:
    revoke_token(token_id=Token.objects.get().pk)
    assert bertos.error("GET", "/me/") == (401, "not_signed_in")


def test_a_token_of_someone_deactivated_is_nobodys(berto: User, bertos: Program) -> None:
    berto.is_active = False
    berto.save()
    assert bertos.error("GET", "/me/") == (401, "not_signed_in")


def test_a_wrong_token_is_refused_whatever_session_comes_with_it(client: Client, berto: User) -> None:
    client.force_login(berto)
    assert client.get(f"{V1}/me/", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_session_wants_the_csrf_token_for_what_changes_something(berto: User, lobby: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(berto)
    message = json.dumps({"client_id": CLIENT_ID, "body": "hola"})
    path = f"{V1}/rooms/lobby/messages/"
    assert client.get(path).status_code == 200
    refused = client.post(path, message, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == FORBIDDEN
    assert not Message.objects.exists()
    client.get("/")
    csrf = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post(path, message, content_type="application/json", headers=csrf).status_code == 200
    assert Message.objects.exists()


def test_a_program_wants_no_csrf_token(bertos: Program) -> None:
    assert bertos.ask("POST", "/rooms/lobby/messages/", {"client_id": CLIENT_ID, "body": "hola"}).status_code == 200


# --- rooms ---


def test_my_rooms(ana: User, berto: User, bertos: Program, lobby: Room) -> None:
    room_of(ana, "secret", private=True)
    seq = say(ana, "lobby", "hola")
    expected = {
        "slug": "lobby",
        "kind": "room",
        "name": "Lobby",
        "topic": "",
        "private": False,
        "archived": False,
        "people": [],
        "seq": seq,
        "unread": 1,
        "mentions": 0,
        "read_seq": seq - 2,
        "role": "member",
        "notify": "mentions",
        "muted_until": None,
    }
    assert bertos.get("/rooms/") == [expected]
    assert bertos.get("/rooms/lobby/") == expected


def test_the_outsider_has_no_rooms(carlas: Program) -> None:
    assert carlas.get("/rooms/") == []
    assert carlas.error("GET", "/rooms/lobby/") == carlas.error("GET", "/rooms/nowhere/") == NOT_FOUND


def test_a_new_room_is_its_makers(carlas: Program, carla: User) -> None:
    body = {"slug": "patio", "name": "Patio", "topic": "Plants", "private": True}
    response = carlas.ask("POST", "/rooms/", body)
    assert response.status_code == 201
    answer = json.loads(response.content)
    assert {name: answer[name] for name in body} == body
    assert (answer["seq"], answer["unread"], answer["role"], answer["kind"]) == (1, 0, "owner", "room")
    assert Membership.objects.get(room__slug="patio").user == carla


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"slug": "lobby"}, (409, "conflict")),
        ({"slug": "Not A Slug"}, BAD_FRAME),
        ({"slug": ""}, BAD_FRAME),
        ({"slug": "x" * 65}, BAD_FRAME),
        ({"slug": None}, BAD_FRAME),
        ({"name": ""}, BAD_FRAME),
        ({"name": "x" * 81}, BAD_FRAME),
        ({"name": "a\x00b"}, BAD_FRAME),
        ({"name": 7}, BAD_FRAME),
        ({"topic": "x" * 251}, BAD_FRAME),
        ({"topic": "\x00"}, BAD_FRAME),
        ({"name": "half \ud83d"}, BAD_FRAME),
        ({"topic": "half \ud83d"}, BAD_FRAME),
        ({"slug": "\ud83d"}, BAD_FRAME),
        ({"private": "perhaps"}, BAD_FRAME),
    ],
    ids=str,
)
def test_a_room_that_will_not_do_is_refused(
    carlas: Program, change: dict[str, object], expected: tuple[int, str]
) -> None:
    assert carlas.error("POST", "/rooms/", {"slug": "patio", "name": "Patio", **change}) == expected
    assert Room.objects.count() == 1


def test_an_owner_changes_name_and_topic(anas: Program, lobby: Room) -> None:
    assert json.loads(anas.ask("PATCH", "/rooms/lobby/", {"name": "Salon"}).content)["name"] == "Salon"
    answer = json.loads(anas.ask("PATCH", "/rooms/lobby/", {"topic": "Tea"}).content)
    assert (answer["name"], answer["topic"]) == ("Salon", "Tea")
    assert anas.error("PATCH", "/rooms/lobby/", {"name": ""}) == BAD_FRAME


def test_nobody_else_does(bertos: Program, carlas: Program) -> None:
    assert bertos.error("PATCH", "/rooms/lobby/", {"name": "Mine"}) == FORBIDDEN
    assert carlas.error("PATCH", "/rooms/lobby/", {"name": "Mine"}) == NOT_FOUND
    assert bertos.error("DELETE", "/rooms/lobby/") == FORBIDDEN
    assert carlas.error("DELETE", "/rooms/lobby/") == NOT_FOUND
    assert Room.objects.get().name == "Lobby"


def test_an_owner_deletes(anas: Program) -> None:
    response = anas.ask("DELETE", "/rooms/lobby/")
    assert (response.status_code, response.content) == (204, b"")
    assert not Room.objects.exists()


# --- members ---


def test_who_is_in_it(ana: User, berto: User, bertos: Program, carlas: Program, lobby: Room) -> None:
    found = bertos.get("/rooms/lobby/members/")
    joined = Membership.objects.get(user=ana).joined_at
    person = {"id": ana.pk, "name": "ana"}
    assert found[0] == {"user": person, "role": "owner", "muted_until": None, "joined_at": wire_time(joined)}
    assert [(member["user"]["name"], member["role"]) for member in found] == [("ana", "owner"), ("berto", "member")]
    assert carlas.error("GET", "/rooms/lobby/members/") == NOT_FOUND


@pytest.mark.parametrize("by_name", [True, False])
def test_an_owner_adds_and_removes(anas: Program, carla: User, lobby: Room, by_name: bool) -> None:
    assert not is_in(lobby, carla)
    path = f"/rooms/lobby/members/{'carla' if by_name else carla.pk}/"
    assert anas.ask("PUT", path).status_code == 204
    assert is_in(lobby, carla)
    assert anas.ask("PUT", path).status_code == 204
    assert anas.ask("DELETE", path).status_code == 204
    assert not is_in(lobby, carla)
    assert anas.error("DELETE", path) == NOT_FOUND


def test_a_member_adds_and_removes_nobody_but_themselves(ana: User, berto: User, carla: User, bertos: Program) -> None:
    lobby = Room.objects.get()
    assert not is_in(lobby, carla)
    assert bertos.error("PUT", "/rooms/lobby/members/carla/") == FORBIDDEN
    assert bertos.error("DELETE", "/rooms/lobby/members/ana/") == FORBIDDEN
    assert bertos.ask("DELETE", f"/rooms/lobby/members/{berto.pk}/").status_code == 204
    assert not is_in(lobby, berto)


def test_anyone_joins_a_public_room_and_nobody_a_private_one(ana: User, carla: User, carlas: Program) -> None:
    lobby, secret = Room.objects.get(), room_of(ana, "secret", private=True)
    assert carlas.error("PUT", "/rooms/secret/members/carla/") == NOT_FOUND
    assert not is_in(secret, carla)
    assert carlas.ask("PUT", f"/rooms/lobby/members/{carla.pk}/").status_code == 204
    assert is_in(lobby, carla)


def test_the_outsider_learns_of_nobody(carlas: Program, berto: User) -> None:
    for user in ("berto", "nobody", str(berto.pk), "999999"):
        assert carlas.error("PUT", f"/rooms/lobby/members/{user}/") == NOT_FOUND
        assert carlas.error("DELETE", f"/rooms/lobby/members/{user}/") == NOT_FOUND


@pytest.mark.parametrize("user", ["nobody", "999999", "9" * 40, "%00", "ber%00to", "-1", "%F0%9F%A7%89"])
def test_nobody_is_not_found(anas: Program, berto: User, user: str) -> None:
    assert anas.error("PUT", f"/rooms/lobby/members/{user}/") == NOT_FOUND
    assert anas.error("DELETE", f"/rooms/lobby/members/{user}/") == NOT_FOUND


def test_who_is_deactivated_is_removed_and_not_added(ana: User, anas: Program, berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert anas.ask("DELETE", "/rooms/lobby/members/berto/").status_code == 204
    assert anas.error("PUT", "/rooms/lobby/members/berto/") == NOT_FOUND


def test_the_last_owner_stays(anas: Program, ana: User) -> None:
    assert anas.error("DELETE", f"/rooms/lobby/members/{ana.pk}/") == (409, "conflict")


# --- messages ---


def test_a_page_of_messages(ana: User, bertos: Program, lobby: Room) -> None:
    seqs = [say(ana, "lobby", f"**{number}**") for number in range(3)]
    page = bertos.get("/rooms/lobby/messages/?limit=2")
    assert (page["seq"], page["more"], page["newer"], page["quoted"]) == (seqs[-1], True, False, [])
    message = Message.objects.get(seq=seqs[-1])
    assert page["messages"][-1] == {
        "seq": message.seq,
        "client_id": str(message.client_id),
        "by": {"id": ana.pk, "name": "ana"},
        "at": wire_time(message.at),
        "body": "**2**",
        "html": message.html,
        "reply_to": None,
        "edited_at": None,
        "deleted": False,
        "mentions": [],
        "uploads": [],
        "reactions": [],
    }
    older = bertos.get(f"/rooms/lobby/messages/?limit=2&before={page['messages'][0]['seq']}")
    assert [found["body"] for found in older["messages"]] == ["**0**"]
    assert older["more"] is False


def test_a_page_has_fifty_messages_unless_told_otherwise(anas: Program, ana: User, lobby: Room) -> None:
    fill(lobby, ana, 210)
    assert len(anas.get("/rooms/lobby/messages/")["messages"]) == 50
    assert len(anas.get("/rooms/lobby/messages/?limit=200")["messages"]) == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "before=-1",
        "before=x",
        f"before={2**63}",
        "before=3&after=3",
        "around=x",
        f"after={2**63}",
    ],
)
def test_a_page_that_cannot_be_is_refused(anas: Program, query: str) -> None:
    assert anas.error("GET", f"/rooms/lobby/messages/?{query}") == BAD_FRAME


def test_a_post_is_answered_as_by_a_socket(berto: User, bertos: Program, lobby: Room) -> None:
    body = {"client_id": CLIENT_ID, "body": "hola"}
    first = json.loads(bertos.ask("POST", "/rooms/lobby/messages/", body).content)
    message = Message.objects.get()
    assert first == {"room": "lobby", "client_id": CLIENT_ID, "seq": message.seq, "duplicate": False}
    again = json.loads(bertos.ask("POST", "/rooms/lobby/messages/", body).content)
    assert again == {**first, "duplicate": True}
    assert Message.objects.count() == 1
    reply = {"client_id": str(uuid4()), "body": "yes", "reply_to": message.seq}
    assert bertos.ask("POST", "/rooms/lobby/messages/", reply).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"body": ""}, BAD_FRAME),
        ({"body": "x" * 4001}, (400, "too_long")),
        ({"body": "a\x00b"}, BAD_FRAME),
        ({"body": None}, BAD_FRAME),
        ({"client_id": "mine"}, BAD_FRAME),
        ({"reply_to": 999}, NOT_FOUND),
        ({"reply_to": -1}, BAD_FRAME),
        ({"reply_to": 2**63}, BAD_FRAME),
    ],
    ids=str,
)
def test_a_message_that_will_not_do_is_refused(
    bertos: Program, change: dict[str, object], expected: tuple[int, str]
) -> None:
    message = {"client_id": CLIENT_ID, "body": "hola", **change}
    assert bertos.error("POST", "/rooms/lobby/messages/", message) == expected
    assert not Message.objects.exists()


@pytest.mark.parametrize("sent", [b"", b"hola", b"[]", b"{", b'{"client_id": "' + b"\xff" + b'"}', b"[" * 50_000])
def test_what_is_no_json_is_refused(bertos: Program, token: str, sent: bytes) -> None:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    response = client.generic("POST", f"{V1}/rooms/lobby/messages/", sent, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_frame"


@pytest.mark.parametrize("escaped", [r"\ud800", r"hola \udfff"])
def test_half_a_character_is_refused(token: str, escaped: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    sent = f'{{"client_id": "{CLIENT_ID}", "body": "{escaped}"}}'
    response = client.generic("POST", f"{V1}/rooms/lobby/messages/", sent, content_type="application/json")
    assert response.status_code == 400
    assert not Message.objects.exists()


def test_the_outsider_neither_reads_nor_posts(carlas: Program, ana: User) -> None:
    say(ana, "lobby", "between us")
    for room in ("lobby", "nowhere"):
        assert carlas.error("GET", f"/rooms/{room}/messages/") == NOT_FOUND
        assert carlas.error("GET", f"/rooms/{room}/events/") == NOT_FOUND
        message = {"client_id": CLIENT_ID, "body": "hola"}
        assert carlas.error("POST", f"/rooms/{room}/messages/", message) == NOT_FOUND
    assert Message.objects.count() == 1


def test_a_deleted_message_keeps_its_place_and_nothing_else(anas: Program, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "hola")
    message = Message.objects.get()
    Message.objects.update(deleted_at=message.at)
    [found] = anas.get("/rooms/lobby/messages/")["messages"]
    assert (found["seq"], found["body"], found["html"], found["deleted"]) == (message.seq, "", "", True)


def test_a_page_is_so_many_queries(
    anas: Program, ana: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(lobby, ana, 60)
    anas.get("/me/")
    # The token, the membership; the messages, the first and the last of all, mentions, uploads, reactions.
    with django_assert_num_queries(2 + 5):
        anas.get("/rooms/lobby/messages/")


# --- the log ---


def test_the_log(ana: User, carla: User, anas: Program, lobby: Room) -> None:
    add_member(by=ana, slug="lobby", user=carla)
    seq = say(ana, "lobby", "hola")
    log = anas.get("/rooms/lobby/events/")
    assert log["seq"] == seq
    assert [(event["seq"], event["kind"]) for event in log["events"]] == [
        (1, "member.joined"),
        (2, "member.joined"),
        (3, "message.posted"),
    ]
    assert log["events"][1]["data"] == {"user": {"id": carla.pk, "name": "carla"}}
    assert [event["seq"] for event in anas.get("/rooms/lobby/events/?since=1&limit=1")["events"]] == [2]
    assert anas.get(f"/rooms/lobby/events/?since={seq}")["events"] == []
    assert anas.get(f"/rooms/lobby/events/?since={2**62}")["events"] == []


def test_whoever_applies_the_log_has_what_the_page_shows(anas: Program, ana: User, lobby: Room) -> None:
    for number in range(10):
        say(ana, "lobby", f"*{number}*")
    keys = ("body", "html", "client_id", "reply_to")
    applied = [
        (event["seq"], event["at"], event["by"], *(event["data"][key] for key in keys))
        for event in anas.get("/rooms/lobby/events/")["events"]
        if event["kind"] == "message.posted"
    ]
    shown = [
        (message["seq"], message["at"], message["by"], *(message[key] for key in keys))
        for message in anas.get("/rooms/lobby/messages/")["messages"]
    ]
    assert applied == shown


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "since=-1", "since=x", f"since={2**63}"])
def test_a_part_of_the_log_that_cannot_be_is_refused(anas: Program, query: str) -> None:
    assert anas.error("GET", f"/rooms/lobby/events/?{query}") == BAD_FRAME


# --- rooms whose address is none ---


@pytest.mark.parametrize("slug", ["LOBBY", "lo%00bby", "%F0%9F%A7%89", "x" * 200, "..%2F"])
def test_an_address_that_is_none_is_not_found(anas: Program, slug: str) -> None:
    message = {"client_id": CLIENT_ID, "body": "hola"}
    for method, path, body in (
        ("GET", f"/rooms/{slug}/messages/", None),
        ("POST", f"/rooms/{slug}/messages/", message),
        ("PUT", f"/rooms/{slug}/members/ana/", None),
        ("DELETE", f"/rooms/{slug}/members/ana/", None),
    ):
        assert anas.ask(method, path, body).status_code == 404


# --- its description ---


def test_the_api_describes_itself(client: Client, db: None) -> None:
    response = client.get(f"{V1}/openapi.json")
    assert response.status_code == 200
    described = {
        (method.upper(), path.removeprefix(V1)) for path, found in response.json()["paths"].items() for method in found
    }
    called = {(method, "/".join(PARAMETERS.get(part, part) for part in path.split("/"))) for method, path in CALLS}
    assert described == called


def test_a_failing_database_is_said_to_be_unavailable(anas: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def gone(**_: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("chat.selectors.rooms_of", gone)
    response = anas.ask("GET", "/rooms/")
    assert response.status_code == 503
    assert json.loads(response.content)["error"]["code"] == "unavailable"
    assert int(response.headers["Retry-After"]) > 0
