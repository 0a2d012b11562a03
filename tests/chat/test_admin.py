"""The admin of rooms: to look at, not to edit, and the few things that nobody in a room may be left to do."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import create_person
from chat.directs import open_direct
from chat.models import Event, Membership, Room, Upload
from chat.services import add_member, update_room
from tests.people import PASSWORD, browser_of, is_in, newcomer, role_of
from tests.rooms import kinds, room_of, say, seqs


@pytest.fixture
def admin(ana: User) -> Client:
    """ana's, who is the administrator."""
    return browser_of(ana).client


@pytest.fixture
def attic(carla: User) -> Room:
    """A private room that the administrator is not in."""
    return room_of(carla, "attic", private=True)


def act(admin: Client, model: str, action: str, *rows: Any, **more: str) -> Any:
    """Carry out an action of the list."""
    form = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return admin.post(f"/admin/chat/{model}/", form, follow=True)


# --- to look at ---


def test_a_room_is_shown_with_its_members_and_without_its_messages(
    ana: User, carla: User, admin: Client, attic: Room
) -> None:
    assert not is_in(attic, ana)
    say(carla, "attic", "what nobody else shall read")
    page = admin.get(f"/admin/chat/room/{attic.pk}/change/").content.decode()
    assert "Attic" in page
    assert "carla" in page
    assert "what nobody else shall read" not in page


def test_a_rooms_members_are_one_query_however_many_they_are(carla: User, admin: Client, attic: Room) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(f"/admin/chat/room/{attic.pk}/change/").status_code == 200
        return len(asked)

    add_member(by=carla, slug="attic", user=newcomer("person-0"))
    queries()  # the first page of a process asks once whether this place is set up
    with_two = queries()
    for number in range(1, 11):
        add_member(by=carla, slug="attic", user=newcomer(f"person-{number}"))
    assert attic.memberships.count() == 12
    assert queries() == with_two


def test_an_event_is_shown_with_what_was_done_and_without_what_was_said(
    carla: User, admin: Client, attic: Room
) -> None:
    said = say(carla, "attic", "what nobody else shall read")
    update_room(by=carla, slug="attic", topic="Old things")
    pages = [
        admin.get(f"/admin/chat/event/{Event.objects.get(room=attic, seq=seq).pk}/change/").content.decode()
        for seq in (said, said + 1)
    ]
    assert "message.posted" in pages[0]
    assert "what nobody else shall read" not in pages[0]
    assert "Old things" in pages[1]


@pytest.mark.parametrize("model", ["room", "membership", "event", "upload"])
def test_every_list_is_shown_and_searched(admin: Client, carla: User, attic: Room, model: str) -> None:
    Upload.objects.create(room=attic, by=carla, name="plan.pdf", size=7, type="application/pdf")
    for query in ("", "?q=attic", "?q=nothing"):
        assert admin.get(f"/admin/chat/{model}/{query}").status_code == 200
    assert admin.get(f"/admin/chat/{model}/add/").status_code == 403


def test_nothing_of_a_room_is_edited(ana: User, carla: User, admin: Client, attic: Room) -> None:
    membership = Membership.objects.get(room=attic, user=carla)
    event = Event.objects.get(room=attic)
    before = kinds(attic)
    form = {
        "private": "",
        "seq": "99",
        "kind": "room.updated",
        "role": "member",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-room": attic.pk,
        "memberships-0-role": "member",
    }
    for path in (f"room/{attic.pk}", f"membership/{membership.pk}", f"event/{event.pk}"):
        assert admin.post(f"/admin/chat/{path}/change/", form).status_code == 403
    attic.refresh_from_db()
    assert (attic.private, attic.seq) == (True, 1)
    assert role_of(carla, attic) == "owner"
    assert kinds(attic) == before


@pytest.mark.parametrize("model", ["membership", "event", "upload"])
def test_what_belongs_to_the_log_is_not_deleted(admin: Client, carla: User, attic: Room, model: str) -> None:
    upload = Upload.objects.create(room=attic, by=carla, name="plan.pdf", size=7, type="application/pdf")
    row = {"membership": Membership.objects.get(room=attic), "event": Event.objects.get(room=attic), "upload": upload}
    assert admin.post(f"/admin/chat/{model}/{row[model].pk}/delete/", {"post": "yes"}).status_code == 403
    act(admin, model, "delete_selected", row[model], post="yes")
    for found in row.values():
        found.refresh_from_db()


# --- what is done ---


def test_a_room_is_archived_and_opened_again(ana: User, admin: Client, attic: Room) -> None:
    act(admin, "room", "archive", attic)
    assert Room.objects.get(slug="attic").archived
    act(admin, "room", "open_again", attic)
    assert not Room.objects.get(slug="attic").archived
    # Its members see who it was.
    changes = Event.objects.filter(room=attic, kind=Event.Kind.ROOM_UPDATED)
    assert [event.by for event in changes] == [ana, ana]
    assert seqs(attic) == [1, 2, 3]


def test_direct_messages_are_not_archived_and_that_is_said(
    berto: User, carla: User, admin: Client, attic: Room
) -> None:
    direct = open_direct(by=carla, people=[berto])
    page = act(admin, "room", "archive", direct, attic)
    assert direct.slug in " ".join(str(message) for message in page.context["messages"])
    direct.refresh_from_db()
    attic.refresh_from_db()
    assert (direct.archived, attic.archived) == (False, True)


def test_where_the_last_owner_is_deactivated_another_becomes_one(berto: User, carla: User, admin: Client) -> None:
    patio = room_of(carla, "patio")
    member = Membership.objects.create(room=patio, user=berto)
    carla.is_active = False
    carla.save()
    act(admin, "membership", "make_owner", member)
    assert role_of(berto, patio) == "owner"
    assert kinds(patio)[-1] == Event.Kind.MEMBER_CHANGED


def test_a_room_is_deleted_with_everything_in_it(carla: User, admin: Client, attic: Room) -> None:
    say(carla, "attic", "hola")
    path = f"/admin/chat/room/{attic.pk}/delete/"
    assert "attic" in admin.get(path).content.decode()
    assert Room.objects.filter(slug="attic").exists()
    assert admin.post(path, {"post": "yes"}).status_code == 302
    assert not Room.objects.filter(slug="attic").exists()
    assert not Event.objects.filter(room=attic.pk).exists()


def test_several_rooms_are_deleted_after_a_question(carla: User, admin: Client, attic: Room, lobby: Room) -> None:
    asked = act(admin, "room", "delete_selected", attic, lobby)
    assert asked.status_code == 200
    assert Room.objects.count() == 2
    act(admin, "room", "delete_selected", attic, lobby, post="yes")
    assert not Room.objects.exists()


def test_who_is_staff_and_no_more_does_nothing_of_it(carla: User, attic: Room) -> None:
    helper = create_person(name="helper", password=PASSWORD, is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_room", "delete_room", "view_membership"]))
    client = browser_of(helper).client
    assert client.get("/admin/chat/room/").status_code == 200
    act(client, "room", "archive", attic)
    act(client, "room", "delete_selected", attic, post="yes")
    assert client.post(f"/admin/chat/room/{attic.pk}/delete/", {"post": "yes"}).status_code == 403
    attic.refresh_from_db()
    assert not attic.archived
