"""The API's calls that change what is said; the others are in test_api.py."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.models import Event, Membership, Message, Room
from chat.upload_view import upload_dict
from tests.chat.api.program import BAD_FRAME, CLIENT_ID, CONFLICT, FORBIDDEN, NOT_FOUND, V1, Program
from tests.rooms import say, seqs, upload_of


@pytest.fixture
def said(berto: User) -> int:
    return say(berto, "lobby", "hola")


def of(seq: int, rest: str = "") -> str:
    return f"/rooms/lobby/messages/{seq}/{rest}"


def reaction(seq: int, emoji: str = "👍", client_id: str | None = None) -> str:
    return of(seq, f"reactions/{quote(emoji)}/?client_id={client_id or uuid4()}")


def done(program: Program, method: str, path: str, body: object = None) -> Any:
    """The answer of a call that is carried out."""
    response = program.ask(method, path, body)
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def once(program: Program, method: str, path: str, body: object = None) -> int:
    """The seq that a write with CLIENT_ID is answered with, and a repeat of it as well."""
    first, again = (done(program, method, path, body) for _ in range(2))
    answer = {"room": "lobby", "client_id": CLIENT_ID, "seq": first["seq"]}
    assert (first, again) == ({**answer, "duplicate": False}, {**answer, "duplicate": True})
    return int(first["seq"])


def test_one_message(ana: User, bertos: Program, carlas: Program, said: int) -> None:
    message = bertos.get(of(said))
    assert (message["seq"], message["body"], message["by"]["name"]) == (said, "hola", "berto")
    assert bertos.get("/rooms/lobby/messages/")["messages"] == [message]
    assert bertos.error("GET", of(1)) == NOT_FOUND
    assert carlas.error("GET", of(said)) == NOT_FOUND


def test_an_author_edits(anas: Program, bertos: Program, carlas: Program, lobby: Room, said: int) -> None:
    change = {"client_id": CLIENT_ID, "body": "**adiós**"}
    for refused, why in ((anas, FORBIDDEN), (carlas, NOT_FOUND)):
        assert refused.error("PATCH", of(said), change) == why
    assert once(bertos, "PATCH", of(said), change) == said + 1
    shown = bertos.get(of(said))
    assert (shown["body"], shown["html"]) == ("**adiós**", "<p><strong>adiós</strong></p>\n")
    assert shown["edited_at"] is not None
    assert bertos.error("PATCH", of(said), {"client_id": str(uuid4()), "body": ""}) == BAD_FRAME
    assert bertos.error("PATCH", of(said), {"body": "hola"}) == BAD_FRAME


def test_an_author_or_an_owner_deletes(
    anas: Program, bertos: Program, carlas: Program, ana: User, lobby: Room, said: int
) -> None:
    anas_own = say(ana, "lobby", "hola")
    address = of(said, f"?client_id={CLIENT_ID}")
    assert carlas.error("DELETE", address) == NOT_FOUND
    assert bertos.error("DELETE", of(anas_own, f"?client_id={uuid4()}")) == FORBIDDEN
    assert bertos.error("DELETE", of(said)) == BAD_FRAME
    seq = once(anas, "DELETE", address)
    assert Event.objects.get(room=lobby, seq=seq).subject is not None
    shown = bertos.get(of(said))
    assert (shown["deleted"], shown["body"], shown["html"], shown["edited_at"]) == (True, "", "", None)
    assert bertos.error("PATCH", of(said), {"client_id": str(uuid4()), "body": "hola"}) == NOT_FOUND


def test_a_reaction_is_put_and_taken_back(
    anas: Program, bertos: Program, carlas: Program, berto: User, lobby: Room, said: int
) -> None:
    assert carlas.error("PUT", reaction(said)) == NOT_FOUND
    once(bertos, "PUT", reaction(said, "❤", CLIENT_ID))
    shown = anas.get(of(said))["reactions"]
    assert shown == [{"emoji": "❤️", "users": [{"id": berto.pk, "name": "berto"}]}]
    assert done(bertos, "DELETE", reaction(said, "❤️"))["duplicate"] is False
    assert done(bertos, "DELETE", reaction(said, "❤️"))["duplicate"] is True
    assert anas.get(of(said))["reactions"] == []
    for nonsense in ("x", "👍👍", ":+1:"):
        assert bertos.error("PUT", reaction(said, nonsense)) == BAD_FRAME
    assert bertos.error("PUT", of(said, f"reactions/{quote('👍')}/")) == BAD_FRAME


def test_a_post_shows_files(bertos: Program, anas: Program, ana: User, berto: User, lobby: Room) -> None:
    upload, another = upload_of(berto, lobby), upload_of(ana, lobby)
    message = {"client_id": CLIENT_ID, "body": "", "uploads": [str(upload.pk)]}
    seq = once(bertos, "POST", "/rooms/lobby/messages/", message)
    assert bertos.get(of(seq))["uploads"] == [upload_dict(upload)]
    fresh = {**message, "client_id": str(uuid4())}
    assert bertos.error("POST", "/rooms/lobby/messages/", fresh) == CONFLICT
    for uploads, why in (([str(another.pk)], NOT_FOUND), ([str(uuid4())] * 11, BAD_FRAME), (["x"], BAD_FRAME)):
        assert bertos.error("POST", "/rooms/lobby/messages/", {**fresh, "uploads": uploads}) == why


def test_who_is_muted_is_told_when_to_come_back(bertos: Program, berto: User, lobby: Room, said: int) -> None:
    Membership.objects.filter(user=berto).update(muted_until=timezone.now() + timedelta(minutes=1))
    before = seqs(lobby)
    for method, path, body in (
        ("POST", "/rooms/lobby/messages/", {"client_id": CLIENT_ID, "body": "hola"}),
        ("PATCH", of(said), {"client_id": CLIENT_ID, "body": "hola"}),
        ("PUT", reaction(said), None),
    ):
        response = bertos.ask(method, path, body)
        assert (response.status_code, json.loads(response.content)["error"]["code"]) == FORBIDDEN
        assert 0 < int(response.headers["Retry-After"]) <= 60
    assert seqs(lobby) == before


@pytest.mark.parametrize("seq", [2**62, 2**63 - 1])
def test_a_seq_that_no_log_has_is_not_found(bertos: Program, seq: int) -> None:
    assert bertos.error("GET", of(seq)) == NOT_FOUND
    assert bertos.error("PATCH", of(seq), {"client_id": CLIENT_ID, "body": "hola"}) == NOT_FOUND
    assert bertos.error("DELETE", of(seq, f"?client_id={CLIENT_ID}")) == NOT_FOUND
    assert bertos.error("PUT", reaction(seq)) == NOT_FOUND


@pytest.fixture
def page(berto: User) -> Client:
    """A page of ours, signed in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(berto)
    return client


def test_a_session_wants_the_csrf_token(page: Client, said: int) -> None:
    calls = [
        ("PATCH", of(said), json.dumps({"client_id": CLIENT_ID, "body": "adiós"})),
        ("PUT", reaction(said), ""),
        ("DELETE", reaction(said), ""),
        ("DELETE", of(said, f"?client_id={uuid4()}"), ""),
    ]
    for method, path, body in calls:
        refused = page.generic(method, V1 + path, body, content_type="application/json")
        assert (refused.status_code, refused.json()["error"]["code"]) == FORBIDDEN
    assert Message.objects.get().body == "hola"
    page.get("/")
    csrf = {"X-CSRFToken": page.cookies["csrftoken"].value}
    for method, path, body in calls:
        taken = page.generic(method, V1 + path, body, content_type="application/json", headers=csrf)
        assert taken.status_code == 200
