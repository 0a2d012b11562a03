"""The page on which a room is looked after: who may do what there, and what its forms do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.directs import open_direct
from chat.models import Event, Membership, Room
from chat.roles import LONGEST_MUTE, change_member
from chat.services import MAX_ROOMS, update_room
from tests.page import Elements, said
from tests.people import guest, is_in, newcomer, role_of
from tests.rooms import seqs


def forms_of(client: Client, path: str = "/rooms/lobby/settings/") -> set[str]:
    """Where the forms of a page lead, below the room."""
    elements = Elements(client.get(path).content.decode()).elements
    actions = {attributes.get("action") or "" for tag, attributes in elements if tag == "form"}
    return {action.split("/", 3)[3] for action in actions if action.startswith("/rooms/")}


CHANGES = [
    "leave/",
    "update/",
    "archive/",
    "delete/",
    "notices/",
    "members/add/",
    "members/1/remove/",
    "members/1/role/",
    "members/1/mute/",
]
EVERYTHING = {"name": "Mine", "topic": "", "archived": "on", "notify": "nothing", "role": "owner", "mute": "3600"}


@pytest.mark.parametrize("path", CHANGES)
def test_the_outsider_changes_nothing(carlas: Client, lobby: Room, path: str) -> None:
    before = (lobby.name, Membership.objects.count())
    assert carlas.post(f"/rooms/lobby/{path}", EVERYTHING).status_code == 404
    lobby.refresh_from_db()
    assert (lobby.name, Membership.objects.count()) == before


# --- leaving ---


def test_a_member_leaves(bertos: Client, berto: User, lobby: Room) -> None:
    assert bertos.post("/rooms/lobby/leave/").headers["Location"] == "/"
    assert not is_in(lobby, berto)


def test_the_last_owner_is_told_why_she_stays(anas: Client, ana: User, lobby: Room) -> None:
    response = anas.post("/rooms/lobby/leave/")
    assert response.headers["Location"] == "/rooms/lobby/settings/"
    assert len(said(response)) == 1
    assert is_in(lobby, ana)


# --- looking after it ---


def test_an_owner_may_change_what_a_member_may_look_at(anas: Client, bertos: Client) -> None:
    assert anas.get("/rooms/lobby/settings/").context["can_manage"] is True
    assert bertos.get("/rooms/lobby/settings/").context["can_manage"] is False


def test_an_owner_renames(anas: Client, lobby: Room) -> None:
    assert anas.post("/rooms/lobby/update/", {"name": "Salon", "topic": "Tea"}).status_code == 302
    lobby.refresh_from_db()
    assert (lobby.name, lobby.topic) == ("Salon", "Tea")


@pytest.mark.parametrize("form", [{"name": ""}, {"name": "x" * 81}, {"name": "Salon", "topic": "x" * 251}], ids=str)
def test_a_name_that_will_not_do_is_said_beside_its_field(anas: Client, lobby: Room, form: dict[str, str]) -> None:
    response = anas.post("/rooms/lobby/update/", form)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert response.context["room"].slug == "lobby"


def test_a_member_looks_after_nothing(ana: User, berto: User, carla: User, bertos: Client, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    assert bertos.post("/rooms/lobby/update/", {"name": "Mine"}).status_code == 403
    assert bertos.post("/rooms/lobby/delete/").status_code == 403
    assert bertos.post("/rooms/lobby/members/add/", {"name": "carla"}).status_code == 403
    assert bertos.post(f"/rooms/lobby/members/{ana.pk}/remove/").status_code == 403
    lobby.refresh_from_db()
    assert lobby.name == "Lobby"
    assert not is_in(lobby, carla)
    assert is_in(lobby, ana)


@pytest.mark.parametrize("name", ["carla", "Carla", " carla "])
def test_an_owner_adds_by_name(anas: Client, carla: User, lobby: Room, name: str) -> None:
    assert not is_in(lobby, carla)
    response = anas.post("/rooms/lobby/members/add/", {"name": name})
    assert response.headers["Location"] == "/rooms/lobby/settings/"
    assert is_in(lobby, carla)


def test_an_owner_is_told_that_somebody_can_be_added_nowhere(
    anas: Client, carla: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.services.OWN_ROOMS", MAX_ROOMS)
    response = anas.post("/rooms/lobby/members/add/", {"name": "carla"})
    assert response.headers["Location"] == "/rooms/lobby/settings/"
    assert said(response) == ["carla cannot be added to more rooms."]
    assert not is_in(lobby, carla)


@pytest.mark.parametrize("name", ["nobody", "", "car\x00la", "9" * 30])
def test_an_owner_is_told_that_there_is_nobody_of_that_name(anas: Client, carla: User, name: str) -> None:
    response = anas.post("/rooms/lobby/members/add/", {"name": name})
    assert response.headers["Location"] == "/rooms/lobby/settings/"
    assert len(said(response)) == 1
    assert Membership.objects.count() == 1


def test_an_owner_removes(anas: Client, berto: User, lobby: Room) -> None:
    assert anas.post(f"/rooms/lobby/members/{berto.pk}/remove/").headers["Location"] == "/rooms/lobby/settings/"
    assert not is_in(lobby, berto)
    assert anas.post(f"/rooms/lobby/members/{berto.pk}/remove/").status_code == 404


def test_the_last_owner_does_not_remove_herself(anas: Client, ana: User, lobby: Room) -> None:
    response = anas.post(f"/rooms/lobby/members/{ana.pk}/remove/")
    assert response.status_code == 302
    assert len(said(response)) == 1
    assert is_in(lobby, ana)


def test_an_owner_deletes(anas: Client) -> None:
    assert anas.post("/rooms/lobby/delete/").headers["Location"] == "/"
    assert not Room.objects.exists()
    assert anas.get("/rooms/lobby/").status_code == 404


def test_a_member_removes_themselves(bertos: Client, berto: User, lobby: Room) -> None:
    newcomer("dora")
    assert bertos.post(f"/rooms/lobby/members/{berto.pk}/remove/").headers["Location"] == "/"
    assert not is_in(lobby, berto)


# --- private, archived, notices ---


def test_an_owner_hides_the_room_and_shows_it_again(anas: Client, lobby: Room) -> None:
    anas.post("/rooms/lobby/update/", {"name": "Lobby", "private": "on"})
    lobby.refresh_from_db()
    assert lobby.private
    anas.post("/rooms/lobby/update/", {"name": "Lobby"})
    lobby.refresh_from_db()
    assert not lobby.private


def test_an_owner_archives_and_opens_again(anas: Client, bertos: Client, lobby: Room) -> None:
    assert bertos.post("/rooms/lobby/archive/", {"archived": "on"}).status_code == 403
    assert anas.post("/rooms/lobby/archive/", {"archived": "on"}).headers["Location"] == "/rooms/lobby/settings/"
    lobby.refresh_from_db()
    assert lobby.archived
    assert "archived" in bertos.get("/rooms/lobby/settings/").content.decode()
    anas.post("/rooms/lobby/archive/")
    lobby.refresh_from_db()
    assert not lobby.archived


def test_a_member_chooses_what_they_are_told_of(bertos: Client, berto: User) -> None:
    response = bertos.post("/rooms/lobby/notices/", {"notify": "nothing"})
    assert response.headers["Location"] == "/rooms/lobby/settings/"
    assert Membership.objects.get(user=berto).notify == "nothing"
    elements = Elements(bertos.get("/rooms/lobby/settings/").content.decode()).elements
    offered = [attributes for _, attributes in elements if attributes.get("name") == "notify"]
    assert [choice["value"] for choice in offered] == ["everything", "mentions", "nothing"]
    assert [choice["value"] for choice in offered if "checked" in choice] == ["nothing"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("notices/", {"notify": "sometimes"}),
        ("notices/", {}),
        ("members/{id}/role/", {"role": "king"}),
        ("members/{id}/mute/", {"mute": "59"}),
        ("members/{id}/mute/", {"mute": "long"}),
        ("members/{id}/mute/", {}),
    ],
)
def test_what_no_form_of_ours_offers_is_refused(
    anas: Client, berto: User, lobby: Room, path: str, form: dict[str, str]
) -> None:
    before = seqs(lobby)
    assert anas.post(f"/rooms/lobby/{path.format(id=berto.pk)}", form).status_code == 400
    assert seqs(lobby) == before


# --- roles and mutes ---


def test_an_owner_gives_a_role(anas: Client, berto: User, lobby: Room) -> None:
    path = f"/rooms/lobby/members/{berto.pk}/role/"
    assert anas.post(path, {"role": "moderator"}).headers["Location"] == "/rooms/lobby/settings/"
    assert role_of(berto, lobby) == "moderator"


def test_the_last_owner_is_told_why_she_remains_one(anas: Client, ana: User, lobby: Room) -> None:
    assert len(said(anas.post(f"/rooms/lobby/members/{ana.pk}/role/", {"role": "member"}))) == 1
    assert role_of(ana, lobby) == "owner"


@pytest.mark.parametrize("seconds", [3600, 86_400, int(LONGEST_MUTE.total_seconds())])
def test_a_moderator_mutes_and_lifts_it(ana: User, berto: User, bertos: Client, lobby: Room, seconds: int) -> None:
    dora = guest("dora")
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="moderator")
    path = f"/rooms/lobby/members/{dora.pk}/mute/"
    bertos.post(path, {"mute": str(seconds)})
    until = Membership.objects.get(user=dora).muted_until
    assert until is not None
    assert abs(until - timezone.now() - timedelta(seconds=seconds)) < timedelta(minutes=1)
    assert "muted" in bertos.get("/rooms/lobby/settings/").content.decode()
    bertos.post(path, {"mute": "0"})
    assert not Membership.objects.get(user=dora).muted
    assert bertos.post(f"/rooms/lobby/members/{ana.pk}/mute/", {"mute": "3600"}).status_code == 403


def test_each_is_offered_what_they_may_do(ana: User, berto: User, anas: Client, bertos: Client, carla: User) -> None:
    dora = guest("dora")
    mine = {"notices/", "leave/"}
    assert forms_of(bertos) == mine
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="moderator")
    assert forms_of(bertos) == mine | {f"members/{dora.pk}/mute/", f"members/{dora.pk}/remove/"}
    everyone = {f"members/{user.pk}/role/" for user in (ana, berto, dora)}
    others = {f"members/{user.pk}/{what}/" for user in (berto, dora) for what in ("mute", "remove")}
    whole_room = {"update/", "archive/", "delete/", "members/add/"}
    assert forms_of(anas) == mine | everyone | others | whole_room
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=3600)
    assert forms_of(bertos) == mine


def test_nobody_looks_after_direct_messages(ana: User, berto: User, anas: Client) -> None:
    slug = open_direct(by=ana, people=[berto]).slug
    assert forms_of(anas, f"/rooms/{slug}/settings/") == {"notices/"}
    assert "berto · Tertulia" in anas.get(f"/rooms/{slug}/settings/").content.decode()
    assert anas.post(f"/rooms/{slug}/leave/").status_code == 403
    assert anas.get(f"/rooms/{slug}/log/").status_code == 403


def test_many_members_come_page_by_page(ana: User, anas: Client, lobby: Room) -> None:
    people = User.objects.bulk_create(User(username=f"guest-{number:03}") for number in range(120))
    Membership.objects.bulk_create(Membership(room=lobby, user=person) for person in people)
    first, second = (anas.get(f"/rooms/lobby/settings/?page={page}").context["members"] for page in (1, 2))
    assert (len(first), len(second)) == (100, 21)


# --- the log ---


def test_an_owner_reads_what_was_done(anas: Client, bertos: Client, berto: User, lobby: Room) -> None:
    assert anas.get("/rooms/lobby/log/").status_code == 200
    anas.post(f"/rooms/lobby/members/{berto.pk}/role/", {"role": "moderator"})
    assert "ana made berto a moderator." in anas.get("/rooms/lobby/log/").content.decode()
    assert bertos.get("/rooms/lobby/log/").status_code == 403


def test_the_log_leads_on_to_what_was_done_before(ana: User, anas: Client, lobby: Room) -> None:
    for number in range(60):
        update_room(by=ana, slug="lobby", topic=f"Topic {number}")
    page = anas.get("/rooms/lobby/log/")
    assert len(page.context["lines"]) == 50
    older = anas.get(f"/rooms/lobby/log/?before={page.context['older']}")
    assert [line.event.data["topic"] for line in older.context["lines"]] == [f"Topic {n}" for n in range(9, -1, -1)]
    assert older.context["older"] is None
    assert anas.get("/rooms/lobby/log/?before=x").status_code == 200


def test_what_rooms_were_called_is_shown_as_text(ana: User, anas: Client, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in anas.get("/rooms/lobby/log/").content.decode()
    assert Event.objects.filter(kind=Event.Kind.ROOM_UPDATED).count() == 1
