"""Roles and mutes: who gives them to whom, and what the log says of it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import redis
from django.utils import timezone

from accounts.models import User
from chat.errors import BadFrame, Conflict, Forbidden, NotFound
from chat.models import Event, Membership, Room
from chat.roles import LONGEST_MUTE, appoint_owner, change_member
from chat.services import add_member, join_room, remove_member
from chat.times import wire_time
from tests.people import guest, is_in, role_of
from tests.redis_probe import Listener, listening
from tests.rooms import seqs
from tests.threads import at_once

HOUR = 3600


@pytest.fixture
def dora(lobby: Room) -> User:
    """A moderator of the lobby."""
    dora = guest("dora")
    Membership.objects.filter(user=dora).update(role=Membership.Role.MODERATOR)
    return dora


def member(user: User) -> Membership:
    return Membership.objects.get(room__slug="lobby", user=user)


def give(by: User, to: User, role: str) -> Membership:
    return change_member(by=by, slug="lobby", user_id=to.pk, role=role)


def mute(by: User, whom: User, seconds: int = HOUR) -> Membership:
    return change_member(by=by, slug="lobby", user_id=whom.pk, mute=seconds)


# --- roles ---


@pytest.mark.parametrize("role", ["owner", "moderator"])
def test_an_owner_gives_a_role_and_takes_it_back(ana: User, berto: User, lobby: Room, role: str) -> None:
    give(ana, berto, role)
    assert role_of(berto, lobby) == role
    event = Event.objects.get(room=lobby, kind=Event.Kind.MEMBER_CHANGED)
    assert (event.by, event.subject) == (ana, berto)
    assert event.data == {"role": role, "muted_until": None, "was": {"role": "member"}}
    give(ana, berto, "member")
    assert role_of(berto, lobby) == "member"


def test_nobody_else_gives_roles(ana: User, berto: User, carla: User, dora: User, lobby: Room) -> None:
    for by in (dora, berto):
        for to in (ana, berto, dora):
            if role_of(to, lobby) != "owner":
                with pytest.raises(Forbidden):
                    give(by, to, "owner")
    with pytest.raises(NotFound):
        give(carla, carla, "owner")
    assert [role_of(user, lobby) for user in (ana, berto, dora)] == ["owner", "member", "moderator"]


def test_a_role_that_somebody_has_is_no_event(ana: User, berto: User, lobby: Room) -> None:
    before = seqs(lobby)
    give(ana, berto, "member")
    change_member(by=ana, slug="lobby", user_id=berto.pk)
    assert seqs(lobby) == before


def test_who_is_not_in_the_room_has_no_role_in_it(ana: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    for nobody in (carla.pk, 10**9):
        with pytest.raises(NotFound):
            change_member(by=ana, slug="lobby", user_id=nobody, role="moderator")


def test_the_last_owner_remains_one(ana: User, berto: User, lobby: Room) -> None:
    with pytest.raises(Conflict):
        give(ana, ana, "member")
    give(ana, berto, "owner")
    give(ana, ana, "moderator")
    assert role_of(ana, lobby) == "moderator"
    with pytest.raises(Conflict):
        give(berto, berto, "moderator")


def test_an_owner_who_is_deactivated_does_not_count(ana: User, berto: User, lobby: Room) -> None:
    give(ana, berto, "owner")
    berto.is_active = False
    berto.save()
    with pytest.raises(Conflict):
        give(ana, ana, "member")
    give(ana, berto, "member")
    for role in ("owner", "moderator"):
        with pytest.raises(Conflict):
            give(ana, berto, role)
    assert role_of(berto, lobby) == "member"


def test_two_owners_who_step_down_at_the_same_moment_leave_one(transactional_db: None, ana: User, berto: User) -> None:
    give(ana, berto, "owner")
    outcomes = at_once(*(partial(give, user, user, "member") for user in (ana, berto)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Membership"]
    assert Membership.objects.filter(role="owner").count() == 1


def test_a_moderator_who_comes_back_is_a_member(ana: User, dora: User, lobby: Room) -> None:
    remove_member(by=dora, slug="lobby", user_id=dora.pk)
    join_room(user=dora, slug="lobby")
    assert role_of(dora, lobby) == "member"


# --- mutes ---


def test_a_moderator_mutes_a_member_for_a_while(berto: User, dora: User, lobby: Room) -> None:
    before = timezone.now()
    mute(dora, berto)
    until = member(berto).muted_until
    assert until is not None
    assert before + timedelta(hours=1) <= until <= timezone.now() + timedelta(hours=1)
    assert member(berto).muted
    event = Event.objects.get(room=lobby, kind=Event.Kind.MEMBER_CHANGED)
    assert (event.by, event.subject) == (dora, berto)
    assert event.data == {"role": "member", "muted_until": wire_time(until), "was": {"muted_until": None}}


def test_a_mute_is_lifted(ana: User, berto: User, dora: User, lobby: Room) -> None:
    mute(ana, berto)
    mute(dora, berto, 0)
    assert member(berto).muted_until is None
    before = seqs(lobby)
    mute(dora, berto, 0)
    assert seqs(lobby) == before


def test_a_mute_ends_by_itself(berto: User, dora: User) -> None:
    mute(dora, berto)
    Membership.objects.filter(user=berto).update(muted_until=timezone.now())
    assert not member(berto).muted


@pytest.mark.parametrize("seconds", [10**10, 10**30])
def test_no_mute_is_longer_than_for_good(ana: User, berto: User, seconds: int) -> None:
    until = mute(ana, berto, seconds).muted_until
    assert until is not None
    assert until <= timezone.now() + LONGEST_MUTE


def test_nobody_is_muted_for_less_than_no_time(ana: User, berto: User) -> None:
    with pytest.raises(BadFrame):
        mute(ana, berto, -1)


def test_nobody_mutes_an_owner(ana: User, berto: User, dora: User) -> None:
    give(ana, berto, "owner")
    for by in (ana, dora):
        with pytest.raises(Forbidden):
            mute(by, berto)
    assert not member(berto).muted
    with pytest.raises(Forbidden):
        change_member(by=ana, slug="lobby", user_id=dora.pk, role="owner", mute=HOUR)
    assert member(dora).role == "moderator"


def test_nobody_mutes_themselves(ana: User, dora: User) -> None:
    for by in (ana, dora):
        for seconds in (HOUR, 0):
            with pytest.raises(Forbidden):
                mute(by, by, seconds)


def test_a_moderator_does_not_mute_a_moderator_and_an_owner_does(ana: User, berto: User, dora: User) -> None:
    give(ana, berto, "moderator")
    with pytest.raises(Forbidden):
        mute(dora, berto)
    mute(ana, berto)
    assert member(berto).muted


def test_a_muted_moderator_does_not_moderate(ana: User, berto: User, dora: User, lobby: Room) -> None:
    mute(ana, dora)
    with pytest.raises(Forbidden) as refused:
        mute(dora, berto)
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= HOUR
    with pytest.raises(Forbidden):
        remove_member(by=dora, slug="lobby", user_id=berto.pk)
    assert is_in(lobby, berto)
    remove_member(by=dora, slug="lobby", user_id=dora.pk)


def test_a_member_mutes_nobody_and_the_outsider_learns_nothing(berto: User, carla: User, lobby: Room) -> None:
    emil = guest("emil")
    with pytest.raises(Forbidden):
        mute(berto, emil)
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        mute(carla, emil)


def test_who_becomes_an_owner_is_muted_no_more(ana: User, berto: User, lobby: Room) -> None:
    mute(ana, berto)
    give(ana, berto, "owner")
    assert member(berto).muted_until is None
    last = Event.objects.get(room=lobby, seq=seqs(lobby)[-1])
    assert last.data["muted_until"] is None
    assert set(last.data["was"]) == {"role", "muted_until"}


def test_to_leave_and_to_join_again_does_not_end_a_mute(ana: User, berto: User) -> None:
    until = mute(ana, berto).muted_until
    remove_member(by=berto, slug="lobby", user_id=berto.pk)
    join_room(user=berto, slug="lobby")
    again = member(berto).muted_until
    assert again is not None
    assert until is not None
    assert abs(again - until) < timedelta(milliseconds=1)
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    add_member(by=ana, slug="lobby", user=berto)
    assert member(berto).muted


def test_a_mute_that_was_lifted_or_is_over_does_not_come_back(ana: User, berto: User) -> None:
    emil = guest("emil")
    mute(ana, berto)
    mute(ana, berto, 0)
    mute(ana, emil)
    event = Event.objects.filter(subject=emil, kind=Event.Kind.MEMBER_CHANGED).get()
    Event.objects.filter(pk=event.pk).update(data=event.data | {"muted_until": wire_time(timezone.now())})
    for user in (berto, emil):
        remove_member(by=user, slug="lobby", user_id=user.pk)
        join_room(user=user, slug="lobby")
        assert member(user).muted_until is None


def test_who_is_deactivated_changes_nobody(ana: User, berto: User) -> None:
    give(ana, berto, "owner")
    berto.is_active = False
    berto.save()
    with pytest.raises(NotFound):
        give(berto, ana, "member")


# --- telling ---


@pytest.fixture
def published(transactional_db: None, redis_server: "redis.Redis", lobby: Room) -> Iterator[Listener]:
    with listening(redis_server, lobby.stream) as listener:
        yield listener


def test_who_has_the_room_open_is_told(published: Listener, ana: User, berto: User) -> None:
    published.heard()
    give(ana, berto, "moderator")
    [message] = published.heard()
    assert '"kind":"member.changed"' in message["payload"]
    assert f'"user":{{"id":{berto.pk},"name":"berto"' in message["payload"]
    assert "cut" not in message


# --- the administrator ---


def test_the_administrator_makes_an_owner_where_none_is_left(ana: User, berto: User, lobby: Room) -> None:
    ana.is_active = False
    ana.save()
    mute_until = timezone.now() + timedelta(hours=1)
    Membership.objects.filter(user=berto).update(muted_until=mute_until)
    appoint_owner(member=member(berto), by=guest("root"))
    assert (member(berto).role, member(berto).muted_until) == ("owner", None)
    assert Event.objects.filter(room=lobby, kind=Event.Kind.MEMBER_CHANGED, subject=berto).count() == 1


def test_nor_does_the_administrator_make_one_of_who_is_deactivated(ana: User, berto: User) -> None:
    berto.is_active = False
    berto.save()
    with pytest.raises(Conflict):
        appoint_owner(member=member(berto), by=ana)
