"""The API's calls that look after a room, and those of direct messages; the others are in test_api.py."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from chat.directs import open_direct
from chat.models import Event, Membership, Room
from chat.services import MAX_ROOMS, remove_member
from tests.chat.api.program import BAD_FRAME, CONFLICT, FORBIDDEN, NOT_FOUND, Program, program_of
from tests.people import is_in, newcomer, role_of
from tests.rooms import room_of, say


def done(program: Program, method: str, path: str, body: object = None) -> Any:
    """The answer of a call that is carried out."""
    response = program.ask(method, path, body)
    assert response.status_code == 200, response.content
    return response.json()


# --- the room ---


def test_an_owner_hides_and_archives(anas: Program, bertos: Program, lobby: Room) -> None:
    answer = done(anas, "PATCH", "/rooms/lobby/", {"private": True, "archived": True})
    assert (answer["private"], answer["archived"], answer["name"]) == (True, True, "Lobby")
    assert bertos.get("/rooms/lobby/")["archived"] is True
    assert done(anas, "PATCH", "/rooms/lobby/", {"archived": False})["private"] is True


@pytest.mark.parametrize("change", [{"private": "perhaps"}, {"archived": 7}, {"archived": "x"}], ids=str)
def test_what_is_neither_true_nor_false_is_refused(anas: Program, lobby: Room, change: dict[str, object]) -> None:
    assert anas.error("PATCH", "/rooms/lobby/", change) == BAD_FRAME


def test_nobody_else_archives(bertos: Program, carlas: Program, lobby: Room) -> None:
    assert bertos.error("PATCH", "/rooms/lobby/", {"archived": True}) == FORBIDDEN
    assert carlas.error("PATCH", "/rooms/lobby/", {"archived": True}) == NOT_FOUND


@pytest.mark.parametrize("notify", ["everything", "mentions", "nothing"])
def test_a_member_chooses_what_they_are_told_of(bertos: Program, ana: User, notify: str) -> None:
    assert done(bertos, "PATCH", "/rooms/lobby/me/", {"notify": notify})["notify"] == notify
    assert Membership.objects.get(user=ana).notify == "mentions"


def test_there_is_no_other_choice(bertos: Program, carlas: Program) -> None:
    for body in ({"notify": "sometimes"}, {"notify": None}, {}):
        assert bertos.error("PATCH", "/rooms/lobby/me/", body) == BAD_FRAME
    assert carlas.error("PATCH", "/rooms/lobby/me/", {"notify": "nothing"}) == NOT_FOUND


# --- members ---


def test_an_owner_gives_a_role_and_a_moderator_mutes(
    ana: User, berto: User, anas: Program, bertos: Program, lobby: Room
) -> None:
    assert done(anas, "PATCH", f"/rooms/lobby/members/{berto.pk}/", {"role": "moderator"})["role"] == "moderator"
    dora = newcomer("dora")
    anas.ask("PUT", "/rooms/lobby/members/dora/")
    until = done(bertos, "PATCH", "/rooms/lobby/members/Dora/", {"mute": 3600})["muted_until"]
    assert timedelta(minutes=59) < datetime.fromisoformat(until) - timezone.now() < timedelta(minutes=61)
    assert program_of(dora).get("/rooms/lobby/")["muted_until"] == until
    assert [row["muted_until"] for row in anas.get("/rooms/lobby/members/")] == [None, None, until]
    assert done(bertos, "PATCH", "/rooms/lobby/members/dora/", {"mute": 0})["muted_until"] is None
    assert bertos.error("PATCH", "/rooms/lobby/members/dora/", {"role": "owner"}) == FORBIDDEN
    assert bertos.error("PATCH", "/rooms/lobby/members/ana/", {"mute": 60}) == FORBIDDEN
    assert bertos.ask("DELETE", "/rooms/lobby/members/dora/").status_code == 204
    assert not is_in(lobby, dora)


def test_a_mute_that_is_over_is_none(anas: Program, bertos: Program, berto: User) -> None:
    Membership.objects.filter(user=berto).update(muted_until=timezone.now())
    assert bertos.get("/rooms/lobby/")["muted_until"] is None
    assert [row["muted_until"] for row in anas.get("/rooms/lobby/members/")] == [None, None]


@pytest.mark.parametrize("change", [{"role": "king"}, {"mute": -1}, {"mute": 10**12}, {"mute": "long"}], ids=str)
def test_what_is_no_role_and_no_time_is_refused(anas: Program, berto: User, change: dict[str, object]) -> None:
    assert anas.error("PATCH", "/rooms/lobby/members/berto/", change) == BAD_FRAME


def test_the_last_owner_remains_one(anas: Program, lobby: Room) -> None:
    assert anas.error("PATCH", "/rooms/lobby/members/ana/", {"role": "member"}) == CONFLICT


def test_a_member_changes_nobody_and_the_outsider_learns_of_nobody(
    bertos: Program, carlas: Program, lobby: Room
) -> None:
    assert bertos.error("PATCH", "/rooms/lobby/members/ana/", {"role": "member"}) == FORBIDDEN
    for user in ("ana", "berto", "nobody", "carla"):
        assert carlas.error("PATCH", f"/rooms/lobby/members/{user}/", {"role": "owner"}) == NOT_FOUND


def test_who_is_called_by_a_number_joins_by_that_name(lobby: Room) -> None:
    agent = newcomer("1000000007")
    assert program_of(agent).ask("PUT", "/rooms/lobby/members/1000000007/").status_code == 204
    assert is_in(lobby, agent)


def test_whose_rooms_others_have_filled_is_added_to_none(
    anas: Program, carlas: Program, carla: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.services.OWN_ROOMS", MAX_ROOMS)
    assert anas.error("PUT", "/rooms/lobby/members/carla/") == (429, "too_many")
    assert anas.error("POST", "/directs/", {"people": ["carla"]}) == (429, "too_many")
    assert not carla.memberships.exists()
    assert carlas.ask("PUT", "/rooms/lobby/members/carla/").status_code == 204
    assert is_in(lobby, carla)


# --- the log ---


def test_an_owner_reads_what_was_done(ana: User, berto: User, anas: Program, lobby: Room) -> None:
    done(anas, "PATCH", "/rooms/lobby/members/berto/", {"role": "moderator"})
    event = Event.objects.latest("pk")
    page = anas.get("/rooms/lobby/log/")
    assert page["more"] is False
    [entry] = page["events"]
    assert (entry["room"], entry["seq"], entry["kind"]) == ("lobby", event.seq, "member.changed")
    assert (entry["by"]["id"], entry["data"]["user"]["id"]) == (ana.pk, berto.pk)
    assert entry["data"]["was"] == {"role": "member"}
    assert anas.get(f"/rooms/lobby/log/?before={event.seq}") == {"events": [], "more": False}


@pytest.mark.parametrize("before", ["x", "-1", str(2**63)])
def test_a_page_that_cannot_be_is_refused(anas: Program, lobby: Room, before: str) -> None:
    assert anas.error("GET", f"/rooms/lobby/log/?before={before}") == BAD_FRAME


def test_nobody_else_reads_it(anas: Program, bertos: Program, carlas: Program, lobby: Room) -> None:
    done(anas, "PATCH", "/rooms/lobby/members/berto/", {"role": "moderator"})
    assert bertos.error("GET", "/rooms/lobby/log/") == FORBIDDEN
    assert carlas.error("GET", "/rooms/lobby/log/") == carlas.error("GET", "/rooms/nowhere/log/") == NOT_FOUND


# --- people ---


def test_people_are_found_by_how_their_name_begins(ana: User, berto: User, carlas: Program) -> None:
    assert carlas.get("/people/?q=BER") == [{"id": berto.pk, "name": "berto"}]
    assert [person["name"] for person in carlas.get("/people/")] == ["ana", "berto", "carla"]
    for number in range(25):
        newcomer(f"guest-{number}")
    assert len(carlas.get("/people/?q=guest")) == 20
    assert carlas.get("/people/?q=%00") == []
    assert carlas.error("GET", f"/people/?q={'x' * 151}") == BAD_FRAME


# --- direct messages ---


def test_direct_messages_are_found_or_made(ana: User, berto: User, carla: User, anas: Program, bertos: Program) -> None:
    answer = done(anas, "POST", "/directs/", {"people": [berto.pk, "Carla"]})
    assert (answer["kind"], answer["name"], answer["private"]) == ("direct", "berto, carla", True)
    assert [person["name"] for person in answer["people"]] == ["berto", "carla"]
    assert answer["notify"] == "everything"
    same = done(bertos, "POST", "/directs/", {"people": ["ana", str(carla.pk), "berto"]})
    assert (same["slug"], same["name"]) == (answer["slug"], "ana, carla")
    assert [room["name"] for room in bertos.get("/rooms/")] == ["Lobby", "ana, carla"]
    assert done(anas, "POST", "/directs/", {"people": []})["name"] == "ana"
    assert Room.objects.filter(kind="direct").count() == 2


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (["nobody"], NOT_FOUND),
        ([10**9], NOT_FOUND),
        (["ber\x00to"], NOT_FOUND),
        ([""], NOT_FOUND),
        ([-1], BAD_FRAME),
        ([2**70], BAD_FRAME),
        (["ana"] * 9, BAD_FRAME),
        ([None], BAD_FRAME),
        ("ana", BAD_FRAME),
        ([["ana"]], BAD_FRAME),
        (["x" * 151], BAD_FRAME),
    ],
    ids=str,
)
def test_with_whom_they_cannot_be_they_are_not(bertos: Program, people: object, expected: tuple[int, str]) -> None:
    assert bertos.error("POST", "/directs/", {"people": people}) == expected
    assert not Room.objects.filter(kind="direct").exists()


def test_direct_messages_stay_as_they_are(ana: User, berto: User, carla: User, anas: Program) -> None:
    slug = open_direct(by=ana, people=[berto]).slug
    for method, path, body in (
        ("PATCH", "", {"name": "Ours"}),
        ("DELETE", "", None),
        ("PUT", "members/carla/", None),
        ("DELETE", "members/berto/", None),
        ("DELETE", "members/ana/", None),
        ("PATCH", "members/berto/", {"role": "owner"}),
        ("PATCH", "members/berto/", {"mute": 60}),
        ("GET", "log/", None),
    ):
        assert anas.error(method, f"/rooms/{slug}/{path}", body) == FORBIDDEN
    assert role_of(berto, Room.objects.get(slug=slug)) == "member"


# --- the outsider ---

CALLS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "Mine"}),
    ("DELETE", "", None),
    ("PATCH", "me/", {"notify": "nothing"}),
    ("GET", "log/", None),
    ("GET", "members/", None),
    ("PUT", "members/carla/", None),
    ("PATCH", "members/carla/", {"role": "owner"}),
    ("DELETE", "members/carla/", None),
    ("GET", "messages/", None),
    ("POST", "messages/", {"client_id": "6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11", "body": "hola"}),
    ("GET", "events/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_to_the_outsider_a_hidden_room_does_not_exist(
    ana: User, berto: User, carlas: Program, method: str, path: str, body: object
) -> None:
    room_of(ana, "patio", private=True)
    direct = open_direct(by=ana, people=[berto]).slug
    nowhere = carlas.ask(method, f"/rooms/nowhere/{path}", body)
    for slug in ("patio", direct):
        hidden = carlas.ask(method, f"/rooms/{slug}/{path}", body)
        assert (hidden.status_code, hidden.content) == (nowhere.status_code, nowhere.content)
    assert nowhere.status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_who_was_removed_is_an_outsider_at_once(ana: User, berto: User, method: str, path: str, body: object) -> None:
    patio = room_of(ana, "patio", private=True)
    Membership.objects.create(room=patio, user=berto)
    say(berto, "patio", "hola")
    remove_member(by=ana, slug="patio", user_id=berto.pk)
    assert program_of(berto).error(method, f"/rooms/patio/{path}", body) == NOT_FOUND
