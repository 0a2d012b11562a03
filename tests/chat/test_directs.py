"""Direct messages: the same people have one room, for ever, and nobody else learns of it."""

from functools import partial

import pytest

from accounts.models import User
from chat.directs import MAX_OTHERS, MAX_SILENT, open_direct
from chat.errors import BadFrame, Forbidden, NotFound, TooMany
from chat.models import Membership, Room
from chat.roles import appoint_owner, change_member
from chat.selectors import ID_DIGITS, joinable_rooms, membership_of, room_of, rooms_of
from chat.services import (
    add_member,
    add_to_room,
    archive_room,
    choose_notices,
    delete_room,
    join_room,
    remove_member,
    update_room,
)
from tests.people import is_in, newcomer
from tests.rooms import kinds, say, seqs
from tests.threads import at_once


def titles(user: User) -> list[str]:
    """What the user calls their direct messages."""
    return [room.title for room in rooms_of(user=user) if room.kind == Room.Kind.DIRECT]


def test_two_people_write_to_each_other(ana: User, berto: User) -> None:
    room = open_direct(by=ana, people=[berto])
    assert room.private
    assert room.slug.startswith("dm-")
    assert room.name == "ana, berto"
    say(ana, room.slug, "hola")
    say(berto, room.slug, "hola, ana")
    assert room_of(user=berto, slug=room.slug).unread == 1


def test_whoever_begins_it_and_however_often_it_is_one_room(ana: User, berto: User, carla: User) -> None:
    first = open_direct(by=ana, people=[berto])
    assert open_direct(by=berto, people=[ana]) == first
    assert open_direct(by=ana, people=[berto, ana, berto]) == first
    three = open_direct(by=carla, people=[berto, ana])
    assert three != first
    assert open_direct(by=ana, people=[carla, berto]) == three
    assert kinds(three) == ["member.joined"] * 3


def test_each_calls_it_by_the_others(ana: User, berto: User, carla: User) -> None:
    open_direct(by=ana, people=[carla, berto])
    open_direct(by=ana, people=[])
    assert titles(ana) == ["ana", "berto, carla"]
    assert titles(berto) == ["ana, carla"]
    assert titles(carla) == ["ana, berto"]


def test_with_nobody_else_it_is_for_notes(ana: User) -> None:
    notes = open_direct(by=ana, people=[])
    assert open_direct(by=ana, people=[ana]) == notes
    assert list(Membership.objects.filter(room=notes).values_list("user", flat=True)) == [ana.pk]


def test_who_left_by_the_release_before_is_back_when_somebody_writes(ana: User, berto: User) -> None:
    room = open_direct(by=ana, people=[berto])
    Membership.objects.filter(room=room, user=berto).delete()
    assert open_direct(by=ana, people=[berto]) == room
    assert is_in(room, berto)
    before = seqs(room)
    open_direct(by=berto, people=[ana])
    assert seqs(room) == before


def test_nobody_fills_the_lists_of_others_with_silence(ana: User, berto: User) -> None:
    people = [newcomer(f"person{number}") for number in range(MAX_SILENT)]
    *_, last = [open_direct(by=ana, people=[person]) for person in people]
    with pytest.raises(TooMany):
        open_direct(by=ana, people=[berto])
    assert open_direct(by=ana, people=[people[0]]), "what is there already is opened"
    assert open_direct(by=people[0], people=[berto]), "whom it was begun with is not held to it"
    say(ana, last.slug, "hola")
    assert open_direct(by=ana, people=[berto])


def test_two_who_begin_at_the_same_moment_are_in_one_room(transactional_db: None, ana: User, berto: User) -> None:
    begin = [partial(open_direct, by=ana, people=[berto]), partial(open_direct, by=berto, people=[ana])] * 3
    rooms = {room.pk for room in at_once(*begin) if isinstance(room, Room)}
    room = Room.objects.get(kind=Room.Kind.DIRECT)
    assert rooms == {room.pk}
    assert Membership.objects.filter(room=room).count() == 2
    assert seqs(room) == [1, 2]


def test_it_has_so_many_people_and_no_more(ana: User) -> None:
    people = [newcomer(f"guest-{number}") for number in range(MAX_OTHERS + 1)]
    room = open_direct(by=ana, people=people[:-1])
    assert len(room.name) <= 80
    with pytest.raises(BadFrame):
        open_direct(by=ana, people=people)


def test_the_ids_of_all_fit_into_the_key() -> None:
    room_for = Room._meta.get_field("direct_key").max_length
    assert room_for is not None
    assert len(",".join(["9" * ID_DIGITS] * (MAX_OTHERS + 1))) <= room_for


def test_nothing_begins_with_who_is_deactivated_and_what_began_stays(ana: User, berto: User, carla: User) -> None:
    room = open_direct(by=ana, people=[berto])
    berto.is_active = False
    berto.save()
    assert open_direct(by=ana, people=[berto]) == room
    assert titles(ana) == ["berto"]
    with pytest.raises(NotFound):
        open_direct(by=carla, people=[berto])
    assert titles(carla) == []


def test_who_writes_to_somebody_is_told_of_everything(ana: User, berto: User) -> None:
    room = open_direct(by=ana, people=[berto])
    assert set(Membership.objects.filter(room=room).values_list("notify", flat=True)) == {"everything"}
    choose_notices(by=ana, slug=room.slug, notify="nothing")
    assert membership_of(user=ana, slug=room.slug).notify == "nothing"


def test_nobody_looks_after_it(ana: User, berto: User, carla: User) -> None:
    room = open_direct(by=ana, people=[berto])
    before = seqs(room)
    for forbidden in (
        partial(update_room, by=ana, slug=room.slug, name="Ours"),
        partial(update_room, by=ana, slug=room.slug, private=False),
        partial(update_room, by=ana, slug=room.slug, archived=True),
        partial(archive_room, room=room, by=ana, archived=True),
        partial(delete_room, by=ana, slug=room.slug),
        partial(add_member, by=ana, slug=room.slug, user=carla),
        partial(add_to_room, room=room, user=carla, by=ana),
        partial(remove_member, by=ana, slug=room.slug, user_id=berto.pk),
        partial(remove_member, by=ana, slug=room.slug, user_id=ana.pk),
        partial(change_member, by=ana, slug=room.slug, user_id=berto.pk, role="owner"),
        partial(change_member, by=ana, slug=room.slug, user_id=berto.pk, mute=60),
        partial(appoint_owner, member=Membership.objects.get(room=room, user=berto), by=ana),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    assert seqs(room) == before
    assert join_room(user=ana, slug=room.slug) == room


def test_to_the_outsider_it_does_not_exist(ana: User, berto: User, carla: User) -> None:
    room = open_direct(by=ana, people=[berto])
    assert not is_in(room, carla)
    for hidden in (
        partial(membership_of, user=carla, slug=room.slug),
        partial(join_room, user=carla, slug=room.slug),
        partial(update_room, by=carla, slug=room.slug, name="Mine"),
        partial(add_member, by=carla, slug=room.slug, user=carla),
        partial(remove_member, by=carla, slug=room.slug, user_id=ana.pk),
        partial(change_member, by=carla, slug=room.slug, user_id=ana.pk, mute=60),
        partial(say, carla, room.slug, "hola"),
    ):
        with pytest.raises(NotFound):
            hidden()
    assert room not in joinable_rooms(user=carla)
