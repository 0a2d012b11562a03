"""Every write to a room: who may, what the log says of it, and that it is published once it is committed."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
import redis
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.directs import open_direct
from chat.errors import BadFrame, Conflict, Forbidden, NotFound, RoomsFull, TooLong
from chat.models import Event, Membership, Message, Room
from chat.posting import Posted
from chat.services import (
    add_member,
    choose_notices,
    create_room,
    delete_room,
    join_room,
    mark_read,
    post_message,
    remove_member,
    update_room,
)
from tests.people import guest, is_in, role_of
from tests.redis_probe import Listener, listening
from tests.rooms import kinds, room_of, say, seqs
from tests.threads import at_once

CLIENT_ID = UUID("6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")


@pytest.fixture
def patio(berto: User) -> Room:
    """A private room of berto's, which ana is not in although she is the administrator."""
    return room_of(berto, "patio", private=True)


def post(by: User, slug: str = "lobby", client_id: UUID = CLIENT_ID, body: str = "hola") -> Posted:
    return post_message(by=by, slug=slug, client_id=client_id, body=body)


# --- post ---


def test_a_message_is_written_to_the_log_and_as_it_stands(berto: User, lobby: Room) -> None:
    posted = post(berto, body="**hola**")
    event = Event.objects.get(room=lobby, seq=posted.seq)
    message = Message.objects.get(room=lobby, seq=posted.seq)
    assert not posted.duplicate
    assert (event.kind, event.by, event.client_id) == (Event.Kind.MESSAGE_POSTED, berto, CLIENT_ID)
    assert (message.author, message.client_id, message.at) == (berto, CLIENT_ID, event.at)
    assert (message.body, message.html) == ("**hola**", event.data["html"])
    assert "<strong>hola</strong>" in message.html
    lobby.refresh_from_db()
    assert lobby.seq == posted.seq


def test_a_repeat_returns_the_first_answer_and_writes_nothing(berto: User, lobby: Room) -> None:
    first = post(berto)
    before = seqs(lobby)
    assert post(berto, body="something else") == Posted(seq=first.seq, duplicate=True)
    assert seqs(lobby) == before
    assert Message.objects.get().body == "hola"


def test_a_client_id_is_ones_own(ana: User, berto: User, lobby: Room) -> None:
    assert not post(berto).duplicate
    assert not post(ana).duplicate
    room_of(berto, "patio")
    assert not post(berto, slug="patio").duplicate


def test_the_outsider_cannot_post(carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        post(carla)


def test_who_is_deactivated_cannot_post(berto: User, lobby: Room) -> None:
    berto.is_active = False
    berto.save()
    with pytest.raises(NotFound):
        post(berto)


def test_the_administrator_is_an_outsider_elsewhere(ana: User, patio: Room) -> None:
    assert not is_in(patio, ana)
    with pytest.raises(NotFound):
        post(ana, slug="patio")


@pytest.mark.parametrize(
    ("body", "error"),
    [("", BadFrame), (" \n", BadFrame), ("a\x00b", BadFrame), ("x" * 4001, TooLong), ("\x00" * 4001, TooLong)],
)
def test_a_body_that_will_not_do_is_refused(berto: User, body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        post(berto, body=body)
    assert not Message.objects.exists()


def test_a_reply_is_to_a_message_of_the_same_room(berto: User, lobby: Room) -> None:
    say(berto, "lobby", "one")
    seq = say(berto, "lobby", "two")
    room_of(berto, "patio")
    assert post_message(by=berto, slug="lobby", client_id=uuid4(), body="yes", reply_to=seq)
    assert Message.objects.latest("pk").reply_to == seq
    with pytest.raises(NotFound):
        post_message(by=berto, slug="patio", client_id=uuid4(), body="yes", reply_to=seq)


def test_a_post_is_so_many_queries(berto: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # Lock the room, look what is known; the new seq, the event, the message. And a savepoint's two.
    with django_assert_num_queries(7):
        post(berto)
    with django_assert_num_queries(4):
        post(berto)


# --- concurrency ---


def test_who_posts_at_the_same_moment_leaves_no_gap(transactional_db: None, ana: User, berto: User) -> None:
    lobby = Room.objects.get()
    before = seqs(lobby)[-1]
    posters = [ana, berto, guest("dora"), guest("emil"), guest("fina")]

    def talk(by: User) -> list[int]:
        return [say(by, "lobby", f"{number}") for number in range(8)]

    before = seqs(lobby)[-1]
    outcomes = at_once(*(partial(talk, by) for by in posters))
    given = sorted(seq for outcome in outcomes if isinstance(outcome, list) for seq in outcome)
    assert given == list(range(before + 1, before + 41))
    assert seqs(lobby) == list(range(1, before + 41))
    lobby.refresh_from_db()
    assert lobby.seq == before + 40
    times = list(Event.objects.filter(room=lobby).order_by("seq").values_list("at", flat=True))
    assert times == sorted(times)


def test_a_client_id_sent_twice_at_the_same_moment_is_one_message(transactional_db: None, berto: User) -> None:
    outcomes = at_once(*(partial(post, berto) for _ in range(5)))
    answers = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
    assert len(answers) == 5
    assert sorted(answer.duplicate for answer in answers) == [False, True, True, True, True]
    assert len({answer.seq for answer in answers}) == 1
    assert Message.objects.count() == 1


def test_who_is_removed_at_the_same_moment_posts_before_it_or_not_at_all(
    transactional_db: None, ana: User, berto: User
) -> None:
    lobby = Room.objects.get()
    removed, posted = at_once(
        partial(remove_member, by=ana, slug="lobby", user_id=berto.pk),
        partial(post, berto),
    )
    assert removed is None
    left = Event.objects.get(kind=Event.Kind.MEMBER_LEFT).seq
    if isinstance(posted, Posted):
        assert posted.seq < left
    else:
        assert isinstance(posted, NotFound)
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))


def test_a_name_and_a_topic_given_at_the_same_moment_both_hold(transactional_db: None, ana: User) -> None:
    lobby = Room.objects.get()
    for number in range(5):
        outcomes = at_once(
            partial(update_room, by=ana, slug="lobby", name=f"Name {number}"),
            partial(update_room, by=ana, slug="lobby", topic=f"Topic {number}"),
        )
        assert all(isinstance(outcome, Room) for outcome in outcomes), outcomes
        lobby.refresh_from_db()
        assert (lobby.name, lobby.topic) == (f"Name {number}", f"Topic {number}")
        # The event that came second says so, too: a client that applied both knows both.
        last = Event.objects.get(room=lobby, seq=lobby.seq)
        assert (last.data["name"], last.data["topic"]) == (f"Name {number}", f"Topic {number}")


def test_two_owners_who_leave_at_the_same_moment_leave_one_behind(
    transactional_db: None, ana: User, berto: User
) -> None:
    lobby = Room.objects.get()
    Membership.objects.filter(user=berto).update(role=Membership.Role.OWNER)
    outcomes = at_once(*(partial(remove_member, by=user, slug="lobby", user_id=user.pk) for user in (ana, berto)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    assert Membership.objects.filter(room=lobby, role=Membership.Role.OWNER).count() == 1


def test_of_two_rooms_of_one_address_at_the_same_moment_there_is_one(
    transactional_db: None, ana: User, berto: User
) -> None:
    outcomes = at_once(*(partial(room_of, user, "patio") for user in (ana, berto)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Room"]
    room = Room.objects.get(slug="patio")
    assert Membership.objects.filter(room=room).count() == 1
    assert kinds(room) == [Event.Kind.MEMBER_JOINED]


def test_who_joins_twice_at_the_same_moment_is_in_it_once(transactional_db: None, carla: User) -> None:
    lobby = Room.objects.get()
    assert not is_in(lobby, carla)
    at_once(*(partial(join_room, user=carla, slug="lobby") for _ in range(4)))
    assert Membership.objects.filter(user=carla).count() == 1
    assert kinds(lobby) == [Event.Kind.MEMBER_JOINED] * 2


# --- publishing ---


@pytest.fixture
def published(transactional_db: None, redis_server: "redis.Redis", berto: User, lobby: Room) -> Iterator[Listener]:
    """What the workers are told of the lobby."""
    with listening(redis_server, lobby.stream) as listener:
        yield listener


def test_what_is_committed_is_published_once(published: Listener, berto: User, lobby: Room) -> None:
    seq = post(berto).seq
    [message] = published.heard()
    assert (message["type"], message["stream"], message["seq"]) == ("relay.entry", lobby.stream, seq)
    assert '"kind":"message.posted"' in message["payload"]
    assert "cut" not in message


def test_nothing_is_published_before_the_commit(published: Listener, berto: User) -> None:
    with transaction.atomic():
        post(berto)
        assert published.heard() == []
    assert len(published.heard()) == 1


def test_what_is_rolled_back_is_not_published(published: Listener, ana: User, berto: User, lobby: Room) -> None:
    before = seqs(lobby)
    with transaction.atomic():
        post(berto)
        update_room(by=ana, slug="lobby", name="Salon", topic="")
        remove_member(by=ana, slug="lobby", user_id=berto.pk)
        delete_room(by=ana, slug="lobby")
        transaction.set_rollback(True)
    assert published.heard() == []
    assert seqs(lobby) == before


def test_a_repeat_is_not_published(published: Listener, berto: User) -> None:
    post(berto)
    published.heard()
    post(berto)
    assert published.heard() == []


def test_what_is_refused_is_not_published(published: Listener, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        post(carla)
    assert published.heard() == []


def test_who_left_is_cut_off_by_the_event_that_says_so(published: Listener, ana: User, berto: User) -> None:
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    [message] = published.heard()
    assert message["cut"] == f"user:{berto.pk}"
    assert '"kind":"member.left"' in message["payload"]


def test_a_deleted_room_is_said_to_be_over(published: Listener, ana: User, lobby: Room) -> None:
    delete_room(by=ana, slug="lobby")
    assert published.heard() == [{"type": "relay.end", "stream": lobby.stream, "reason": "room_deleted"}]


# --- rooms ---


def test_who_makes_a_room_owns_it(carla: User) -> None:
    room = create_room(by=carla, slug="patio", name=" The patio ", topic=" Plants ", private=True)
    assert (room.slug, room.name, room.topic, room.private) == ("patio", "The patio", "Plants", True)
    assert role_of(carla, room) == Membership.Role.OWNER
    assert kinds(room) == [Event.Kind.MEMBER_JOINED]
    room.refresh_from_db()
    assert room.seq == 1


def test_an_address_is_taken_once(carla: User, lobby: Room) -> None:
    with pytest.raises(Conflict):
        create_room(by=carla, slug="lobby", name="Another lobby")
    assert Room.objects.count() == 1


@pytest.mark.parametrize("slug", ["", "Patio", "the patio", "patio!", "ñ", "x" * 65, "patio\n", "pa/tio", "_"])
def test_an_address_that_will_not_do_is_refused(carla: User, slug: str) -> None:
    with pytest.raises(ValidationError):
        create_room(by=carla, slug=slug, name="Patio")


@pytest.mark.parametrize("slug", ["dm-", "dm-patio"])
def test_an_address_like_that_of_direct_messages_is_refused(carla: User, slug: str) -> None:
    with pytest.raises(ValidationError):
        create_room(by=carla, slug=slug, name="Patio")
    assert create_room(by=carla, slug=slug.replace("-", ""), name="Patio")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b"])
def test_a_name_that_will_not_do_is_refused(carla: User, name: str) -> None:
    with pytest.raises(ValidationError):
        create_room(by=carla, slug="patio", name=name)


def test_an_owner_renames(ana: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", name=" Salon ", topic=" Tea ")
    lobby.refresh_from_db()
    assert (lobby.name, lobby.topic) == ("Salon", "Tea")
    event = Event.objects.get(room=lobby, seq=lobby.seq)
    assert event.kind == Event.Kind.ROOM_UPDATED
    assert event.data == {
        "name": "Salon",
        "topic": "Tea",
        "private": False,
        "archived": False,
        "was": {"name": "Lobby", "topic": ""},
    }


def test_what_changes_nothing_is_no_event(ana: User, lobby: Room) -> None:
    before = seqs(lobby)
    update_room(by=ana, slug="lobby", name="Lobby", topic="", private=False, archived=False)
    update_room(by=ana, slug="lobby")
    assert seqs(lobby) == before


def test_a_room_that_becomes_private_keeps_who_is_in_it(ana: User, berto: User, carla: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", private=True)
    assert is_in(lobby, berto)
    with pytest.raises(NotFound):
        join_room(user=carla, slug="lobby")
    update_room(by=ana, slug="lobby", private=False)
    join_room(user=carla, slug="lobby")
    changes = Event.objects.filter(room=lobby, kind=Event.Kind.ROOM_UPDATED).values_list("data__was", flat=True)
    assert list(changes) == [{"private": False}, {"private": True}]


def test_an_owner_archives_and_opens_again(ana: User, lobby: Room) -> None:
    assert update_room(by=ana, slug="lobby", archived=True).archived
    since = Room.objects.get().archived_at
    update_room(by=ana, slug="lobby", archived=True, topic="Closed")
    assert Room.objects.get().archived_at == since
    assert not update_room(by=ana, slug="lobby", archived=False).archived
    changes = Event.objects.filter(room=lobby, kind=Event.Kind.ROOM_UPDATED).values_list("data__archived", flat=True)
    assert list(changes) == [True, True, False]


def test_nobody_else_archives_or_hides_a_room(berto: User, carla: User, lobby: Room) -> None:
    Membership.objects.filter(user=berto).update(role=Membership.Role.MODERATOR)
    for by, refusal in ((berto, Forbidden), (carla, NotFound)):
        with pytest.raises(refusal):
            update_room(by=by, slug="lobby", archived=True)
        with pytest.raises(refusal):
            update_room(by=by, slug="lobby", private=True)
    lobby.refresh_from_db()
    assert (lobby.archived, lobby.private) == (False, False)


def test_an_archived_room_can_still_be_joined_to_read_it(ana: User, carla: User, lobby: Room) -> None:
    update_room(by=ana, slug="lobby", archived=True)
    join_room(user=carla, slug="lobby")
    assert is_in(lobby, carla)


def test_a_member_does_not_rename(berto: User, lobby: Room) -> None:
    with pytest.raises(Forbidden):
        update_room(by=berto, slug="lobby", name="Salon", topic="")


def test_the_outsider_does_not_learn_that_there_is_a_room(carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        update_room(by=carla, slug="lobby", name="Salon", topic="")
    with pytest.raises(NotFound):
        delete_room(by=carla, slug="lobby")


@pytest.mark.parametrize(("name", "topic"), [("", ""), ("x" * 81, ""), ("Salon", "x" * 251)])
def test_a_new_name_that_will_not_do_is_refused(ana: User, lobby: Room, name: str, topic: str) -> None:
    with pytest.raises(ValidationError):
        update_room(by=ana, slug="lobby", name=name, topic=topic)


def test_an_owner_deletes_a_room_and_everything_in_it(ana: User, berto: User, lobby: Room) -> None:
    say(berto, "lobby", "hola")
    delete_room(by=ana, slug="lobby")
    for model in (Room, Membership, Event, Message):
        assert not model.objects.exists()


def test_a_member_does_not_delete(berto: User, lobby: Room) -> None:
    with pytest.raises(Forbidden):
        delete_room(by=berto, slug="lobby")
    assert Room.objects.exists()


# --- members ---


def test_anyone_joins_a_public_room(carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    join_room(user=carla, slug="lobby")
    assert role_of(carla, lobby) == Membership.Role.MEMBER
    assert Event.objects.latest("pk").subject == carla


def test_nobody_joins_a_private_room(carla: User, patio: Room) -> None:
    assert not is_in(patio, carla)
    with pytest.raises(NotFound):
        join_room(user=carla, slug="patio")
    assert not is_in(patio, carla)


def test_who_joins_again_is_in_it_once(berto: User, lobby: Room) -> None:
    before = seqs(lobby)
    join_room(user=berto, slug="lobby")
    assert seqs(lobby) == before


def test_nobody_is_put_into_more_rooms_than_they_can_look_after(
    berto: User, carla: User, patio: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_room(user=carla, slug="lobby")
    monkeypatch.setattr("chat.services.MAX_ROOMS", 1)
    with pytest.raises(RoomsFull, match="carla is in 1 rooms already"):
        create_room(by=carla, slug="cellar", name="Cellar")
    assert not Room.objects.filter(slug="cellar").exists()
    with pytest.raises(RoomsFull):
        add_member(by=berto, slug="patio", user=carla)
    assert not is_in(patio, carla)


def test_others_do_not_fill_all_the_rooms_that_one_can_be_in(
    ana: User, berto: User, carla: User, patio: Room, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.services.MAX_ROOMS", 4)
    monkeypatch.setattr("chat.services.OWN_ROOMS", 2)
    add_member(by=berto, slug="patio", user=carla)
    open_direct(by=berto, people=[carla])
    for third in (
        partial(add_member, by=ana, slug="lobby", user=carla),
        partial(open_direct, by=ana, people=[carla]),
    ):
        with pytest.raises(RoomsFull, match=r"^carla cannot be added to more rooms\.$"):
            third()
    assert not is_in(lobby, carla)
    assert Room.objects.filter(kind=Room.Kind.DIRECT).count() == 1
    create_room(by=carla, slug="cellar", name="Cellar")
    join_room(user=carla, slug="lobby")
    with pytest.raises(RoomsFull, match="carla is in 4 rooms already"):
        open_direct(by=carla, people=[ana])


def test_an_owner_adds_people(berto: User, carla: User, patio: Room) -> None:
    assert not is_in(patio, carla)
    assert add_member(by=berto, slug="patio", user=carla)
    assert role_of(carla, patio) == Membership.Role.MEMBER
    event = Event.objects.get(room=patio, kind=Event.Kind.MEMBER_JOINED, subject=carla)
    assert event.by == berto
    assert not add_member(by=berto, slug="patio", user=carla)


def test_a_member_does_not_add_people(berto: User, carla: User, lobby: Room) -> None:
    with pytest.raises(Forbidden):
        add_member(by=berto, slug="lobby", user=carla)
    assert not is_in(lobby, carla)


def test_the_outsider_does_not_add_herself(carla: User, patio: Room) -> None:
    assert not is_in(patio, carla)
    with pytest.raises(NotFound):
        add_member(by=carla, slug="patio", user=carla)


def test_an_owner_removes_people(ana: User, berto: User, lobby: Room) -> None:
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert not is_in(lobby, berto)
    event = Event.objects.latest("pk")
    assert (event.kind, event.by, event.subject) == (Event.Kind.MEMBER_LEFT, ana, berto)


def test_a_member_removes_nobody_but_themselves(ana: User, berto: User, lobby: Room) -> None:
    for other in (ana, guest("dora")):
        with pytest.raises(Forbidden):
            remove_member(by=berto, slug="lobby", user_id=other.pk)
    remove_member(by=berto, slug="lobby", user_id=berto.pk)
    assert not is_in(lobby, berto)


def test_a_moderator_removes_members_and_nobody_else(ana: User, berto: User, lobby: Room) -> None:
    Membership.objects.filter(user=berto).update(role=Membership.Role.MODERATOR)
    dora, emil = guest("dora"), guest("emil")
    Membership.objects.filter(user=emil).update(role=Membership.Role.MODERATOR)
    remove_member(by=berto, slug="lobby", user_id=dora.pk)
    assert not is_in(lobby, dora)
    for other in (ana, emil):
        with pytest.raises(Forbidden):
            remove_member(by=berto, slug="lobby", user_id=other.pk)
        assert is_in(lobby, other)
    remove_member(by=berto, slug="lobby", user_id=berto.pk)
    assert not is_in(lobby, berto)


def test_an_owner_removes_an_owner_who_is_deactivated(ana: User, berto: User, lobby: Room) -> None:
    Membership.objects.filter(user=berto).update(role=Membership.Role.OWNER)
    berto.is_active = False
    berto.save()
    with pytest.raises(Conflict):  # berto would be the only one left
        remove_member(by=ana, slug="lobby", user_id=ana.pk)
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    assert not is_in(lobby, berto)


def test_the_outsider_removes_nobody(berto: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    for someone in (berto, carla):
        with pytest.raises(NotFound):
            remove_member(by=carla, slug="lobby", user_id=someone.pk)
    assert is_in(lobby, berto)


def test_who_is_not_in_a_room_cannot_be_removed_from_it(ana: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    for nobody in (carla.pk, 10**9, 10**30):
        with pytest.raises(NotFound):
            remove_member(by=ana, slug="lobby", user_id=nobody)


def test_the_last_owner_stays(ana: User, berto: User, lobby: Room) -> None:
    with pytest.raises(Conflict):
        remove_member(by=ana, slug="lobby", user_id=ana.pk)
    Membership.objects.filter(user=berto).update(role=Membership.Role.OWNER)
    remove_member(by=ana, slug="lobby", user_id=ana.pk)
    assert not is_in(lobby, ana)
    with pytest.raises(Conflict):
        remove_member(by=berto, slug="lobby", user_id=berto.pk)


# --- notices ---


def test_a_member_chooses_what_they_are_told_of(berto: User, carla: User, lobby: Room) -> None:
    before = seqs(lobby)
    choose_notices(by=berto, slug="lobby", notify="nothing")
    assert Membership.objects.get(user=berto).notify == Membership.Notify.NOTHING
    assert seqs(lobby) == before
    with pytest.raises(NotFound):
        choose_notices(by=carla, slug="lobby", notify="everything")


# --- read ---


def test_who_joins_has_read_what_was_there(ana: User, carla: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    join_room(user=carla, slug="lobby")
    assert Membership.objects.get(user=carla).read_seq == seq


def test_what_was_read_never_goes_back(ana: User, berto: User, lobby: Room) -> None:
    first, second = say(ana, "lobby", "one"), say(ana, "lobby", "two")
    assert mark_read(by=berto, slug="lobby", seq=second) == second
    assert mark_read(by=berto, slug="lobby", seq=first) == second
    assert Membership.objects.get(user=berto).read_seq == second


def test_who_is_removed_while_they_read_finds_no_room(
    monkeypatch: pytest.MonkeyPatch, berto: User, lobby: Room
) -> None:
    seq = say(berto, "lobby", "hola")

    def removed(**_: object) -> None:
        Membership.objects.filter(user=berto).delete()

    monkeypatch.setattr("chat.services.rooms_changed", removed)
    with pytest.raises(NotFound):
        mark_read(by=berto, slug="lobby", seq=seq)


@pytest.mark.parametrize("seq", [-1, 10**6, 2**63])
def test_what_is_not_in_the_log_was_not_read(berto: User, seq: int) -> None:
    with pytest.raises(BadFrame):
        mark_read(by=berto, slug="lobby", seq=seq)


def test_the_outsider_reads_nothing(carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        mark_read(by=carla, slug="lobby", seq=0)
