"""Posts that share a transaction: each gets what it would have got alone, and the database is asked as little."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.errors import BadFrame, ChatError, Conflict, Forbidden, NotFound, TooLong, Unavailable
from chat.models import Event, Membership, Mention, Message, Room
from chat.posting import LOCKED, MAX_UPLOADS, Answer, Draft, Locked, Patience, Posted, write_post, write_posts
from chat.services import remove_member
from chat.upload_view import upload_dict
from tests.locks import locked
from tests.people import guest, is_in
from tests.redis_probe import counted, listening, reads, reads_when_quiet
from tests.rooms import room_of, say, seqs, upload_of
from tests.threads import at_once

# Lock the rooms, look what is known; the new seqs, the events, the messages. And a savepoint's two.
QUERIES = 7


def draft(by: User, slug: str = "lobby", body: str = "hola", **fields: Any) -> Draft:
    return Draft(**{"by": by, "slug": slug, "client_id": uuid4(), "body": body, **fields})


def write(*drafts: Draft, patience: Patience = Patience.NONE) -> list[Answer | Locked]:
    return write_posts(drafts, patience)


def told(answers: Sequence[Answer | Locked]) -> list[object]:
    """The answers in short: a seq, a seq that was given before, or the kind of the error."""
    return [
        (("again", answer.seq) if answer.duplicate else answer.seq) if isinstance(answer, Posted)
        else answer if isinstance(answer, Locked)
        else type(answer)
        for answer in answers
    ]  # fmt: skip


# --- each its own answer ---


def test_they_are_written_in_the_order_given(ana: User, berto: User, lobby: Room) -> None:
    patio = room_of(berto, "patio")
    answers = write(draft(berto, body="one"), draft(ana, body="two"), draft(berto, "patio", "three"))
    assert told(answers) == [3, 4, 2]
    said = [(message.seq, message.author, message.body) for message in Message.objects.filter(room=lobby)]
    assert said == [(3, berto, "one"), (4, ana, "two")]
    assert seqs(lobby) == [1, 2, 3, 4]
    assert seqs(patio) == [1, 2]
    lobby.refresh_from_db()
    patio.refresh_from_db()
    assert (lobby.seq, patio.seq) == (4, 2)


def test_a_double_within_one_batch_is_one_message(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room_of(berto, "patio")
    first = draft(berto)
    with django_assert_num_queries(QUERIES):  # not by failing first
        answers = write(
            first,
            replace(first, body="something else"),
            replace(first, by=ana),
            replace(first, slug="patio"),
            first,
        )
    assert told(answers) == [3, ("again", 3), 4, 2, ("again", 3)]
    assert told(write(first)) == [("again", 3)]
    assert Message.objects.filter(room=lobby).count() == 2


def test_what_is_wrong_with_one_is_told_to_that_one(ana: User, berto: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    gone = guest("dora")
    gone.is_active = False
    gone.save()
    answers = write(
        draft(berto),
        draft(carla),
        draft(gone),
        draft(berto, "nowhere"),
        draft(berto, "Not an address"),
        draft(berto, body=""),
        draft(berto, body="x" * 4001),
        draft(berto, reply_to=10**6),
        draft(ana),
    )
    assert told(answers) == [4, *[NotFound] * 4, BadFrame, TooLong, NotFound, 5]
    assert seqs(lobby) == [1, 2, 3, 4, 5]


def test_who_is_in_another_room_of_the_batch_is_no_member_of_this(ana: User, berto: User, carla: User) -> None:
    patio = room_of(carla, "patio")
    assert not is_in(patio, berto)
    answers = write(draft(berto), draft(carla, "patio"), draft(berto, "patio"), draft(carla), draft(ana, "patio"))
    assert told(answers) == [3, 2, NotFound, NotFound, NotFound]


def test_a_reply_may_be_to_what_came_with_it_before_it(ana: User, berto: User, lobby: Room) -> None:
    room_of(berto, "patio")
    answers = write(
        draft(berto, reply_to=3),  # itself
        draft(berto),
        draft(ana, reply_to=3),
        draft(berto, "patio", reply_to=3),
        draft(berto, reply_to=5),
        draft(berto, reply_to=2),  # not a message
        draft(berto, reply_to=4),
    )
    assert told(answers) == [NotFound, 3, 4, NotFound, NotFound, NotFound, 5]
    assert list(Message.objects.filter(room=lobby).values_list("reply_to", flat=True)) == [None, 3, 4]


@pytest.mark.parametrize("seq", [0, -1, 2**31, 2**63 - 1, 2**63, 2**64, -(2**70)])
def test_a_reply_to_what_no_log_has_is_to_nothing(berto: User, lobby: Room, seq: int) -> None:
    assert told(write(draft(berto, reply_to=seq), draft(berto))) == [NotFound, 3]


def test_a_repeat_is_answered_as_before_whatever_it_replies_to(berto: User, lobby: Room) -> None:
    first = draft(berto)
    assert told(write(first)) == [3]
    assert told(write(replace(first, reply_to=10**6))) == [("again", 3)]


def test_a_refused_double_does_not_stand_in_for_a_good_one(berto: User, lobby: Room) -> None:
    bad = draft(berto, reply_to=99)
    assert told(write(bad, replace(bad, reply_to=None))) == [NotFound, 3]


def test_no_posts_are_no_work(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert write() == []


# --- mentions ---


def test_whom_a_post_names_is_written_with_it(ana: User, berto: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    patio = room_of(carla, "patio")
    first = draft(ana, body="@berto, @Berto, @carla and @ana")
    assert told(write(first, draft(carla, "patio", "@berto"), first)) == [3, 2, ("again", 3)]
    assert list(Mention.objects.values_list("room_id", "seq", "user_id")) == [(lobby.pk, 3, berto.pk)]
    said = Event.objects.get(room=lobby, seq=3).data
    assert said["mentions"] == [berto.pk]
    assert said["html"].count("data-user") == 3
    assert Event.objects.get(room=patio, seq=2).data["mentions"] == []


# --- uploads ---


def test_uploads_are_bound_to_their_message_in_their_order(berto: User, lobby: Room) -> None:
    one, other, another = (upload_of(berto, lobby, name) for name in ("1.txt", "2.txt", "3.txt"))
    answers = write(draft(berto, body="", uploads=(other.pk, one.pk)), draft(berto, uploads=(another.pk,)))
    assert told(answers) == [3, 4]
    shown = [[upload.name for upload in message.uploads.all()] for message in Message.objects.all()]
    assert shown == [["2.txt", "1.txt"], ["3.txt"]]
    said = Event.objects.get(room=lobby, seq=3).data
    assert (said["body"], said["html"]) == ("", "")
    assert said["uploads"] == [upload_dict(other), upload_dict(one)]


def test_an_upload_is_of_its_sender_and_its_room_and_of_one_message(ana: User, berto: User, lobby: Room) -> None:
    patio = room_of(berto, "patio")
    own, anas, elsewhere = upload_of(berto, lobby), upload_of(ana, lobby), upload_of(berto, patio)
    answers = write(
        draft(berto, uploads=(own.pk, anas.pk)),
        draft(berto, uploads=(own.pk, elsewhere.pk)),
        draft(berto, uploads=(own.pk, uuid4())),
        draft(berto, uploads=(own.pk,)),
        draft(berto, uploads=(own.pk,)),
    )
    assert told(answers) == [NotFound, NotFound, NotFound, 3, Conflict]
    first = draft(berto, uploads=(own.pk,))
    assert told(write(first, draft(ana, uploads=(anas.pk,)))) == [Conflict, 4]
    assert told(write(draft(berto, "patio", uploads=(elsewhere.pk,)))) == [2]


def test_a_repeat_is_answered_as_before_with_its_uploads(berto: User, lobby: Room) -> None:
    first = draft(berto, uploads=(upload_of(berto, lobby).pk,))
    assert told(write(first, first)) == [3, ("again", 3)]
    assert told(write(first)) == [("again", 3)]


def test_a_message_shows_so_many_files_and_each_once(berto: User, lobby: Room) -> None:
    uploads = tuple(upload_of(berto, lobby).pk for _ in range(MAX_UPLOADS + 1))
    answers = write(draft(berto, uploads=uploads), draft(berto, uploads=uploads[:1] * 2), draft(berto, body=""))
    assert told(answers) == [BadFrame, BadFrame, BadFrame]
    assert told(write(draft(berto, uploads=uploads[1:]))) == [3]


# --- who may not write ---


def test_who_is_muted_is_told_for_how_long_and_the_others_write(ana: User, berto: User, lobby: Room) -> None:
    first = draft(berto)
    write(first)
    room_of(berto, "patio")
    members = Membership.objects.filter(room=lobby, user=berto)
    members.update(muted_until=timezone.now() + timedelta(seconds=60))
    refused, *others = write(draft(berto), first, draft(ana), draft(berto, "patio"))
    assert isinstance(refused, Forbidden)
    assert refused.retry_after is not None
    assert 0 < refused.retry_after <= 60
    assert told(others) == [("again", 3), 4, 2]
    members.update(muted_until=timezone.now())
    assert told(write(draft(berto))) == [5]


def test_in_an_archived_room_nobody_writes(ana: User, berto: User, lobby: Room) -> None:
    first = draft(berto)
    write(first)
    room_of(berto, "patio")
    Room.objects.filter(pk=lobby.pk).update(archived_at=timezone.now())
    answers = write(draft(berto), draft(ana), first, draft(berto, "patio"))
    assert told(answers) == [Forbidden, Forbidden, ("again", 3), 2]
    Room.objects.filter(pk=lobby.pk).update(archived_at=None)
    assert told(write(draft(berto))) == [4]


def test_whoever_changed_their_picture_has_it_in_the_next_event(berto: User, lobby: Room) -> None:
    """A socket knows its user from the time when it was opened."""
    User.objects.filter(pk=berto.pk).update(picture_version="abc")
    assert berto.picture_url is None
    write(draft(berto))
    assert berto.picture_url == f"/people/{berto.pk}/abc.webp"


# --- counted ---


@pytest.mark.parametrize(("posts", "rooms"), [(1, 1), (2, 1), (2, 2), (50, 1), (50, 20)], ids=str)
def test_they_are_as_many_queries_however_many_they_are(
    posts: int, rooms: int, ana: User, berto: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    places = [room_of(ana, f"room-{number}").slug for number in range(rooms)]
    Membership.objects.bulk_create(Membership(room=room, user=berto) for room in Room.objects.exclude(slug="lobby"))
    drafts = [draft((ana, berto)[number % 2], places[number % rooms]) for number in range(posts)]
    # In replies as well, which would be looked for one by one.
    drafts = [
        replace(one, reply_to=1 + number // rooms) if number >= rooms else one for number, one in enumerate(drafts)
    ]
    with django_assert_num_queries(QUERIES):
        answers = write(*drafts)
    assert sum(isinstance(answer, Posted) for answer in answers) >= rooms


def test_mentions_and_uploads_cost_so_much_more_however_many_they_are(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room_of(berto, "patio")
    with django_assert_num_queries(QUERIES + 1):  # who is named is looked up, and is nobody
        write(*(draft(ana, body="@nobody and @carla") for _ in range(3)))
    with django_assert_num_queries(QUERIES + 2):
        write(
            *(draft(ana, body="@berto") for _ in range(3)), draft(berto, "patio", "@berto"), draft(berto, body="@ana")
        )
    assert Mention.objects.count() == 4
    drafts = [draft(ana, uploads=(upload_of(ana, lobby).pk, upload_of(ana, lobby).pk)) for _ in range(3)]
    with django_assert_num_queries(QUERIES + 2):
        write(*drafts)


def test_what_is_wrong_by_itself_asks_nothing(berto: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert told(write(draft(berto, body=""), draft(berto, "Not an address"))) == [BadFrame, NotFound]


def test_where_nothing_is_new_nothing_is_written(
    berto: User, carla: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = draft(berto)
    write(first)
    with django_assert_num_queries(QUERIES - 3):
        assert told(write(first, replace(first, body="again"))) == [("again", 3)] * 2
    # Whether a room is locked or none of theirs is looked up where it is not had at once.
    with django_assert_num_queries(QUERIES - 3):
        assert told(write(draft(carla))) == [NotFound]
    with django_assert_num_queries(QUERIES - 4):
        assert told(write(draft(carla), patience=Patience.LONG)) == [NotFound]


def test_they_are_published_in_order_in_one_round_trip(
    transactional_db: None, redis_server: "redis.Redis", ana: User, berto: User, lobby: Room
) -> None:
    patio = room_of(ana, "patio")
    with listening(redis_server, lobby.stream) as in_lobby, listening(redis_server, patio.stream) as in_patio:
        drafts = [draft(ana, ("lobby", "patio")[number % 2], str(number)) for number in range(10)]
        before = reads_when_quiet(redis_server)
        with counted(redis_server) as commands:
            write(*drafts, draft(berto, "nowhere"))
        assert commands == {"publish": 10}
        assert reads(redis_server) - before == 1 + 3, "besides the three looks themselves"
        for listener, numbers in ((in_lobby, "02468"), (in_patio, "13579")):
            heard = listener.heard()
            assert [message["seq"] for message in heard] == sorted(message["seq"] for message in heard)
            assert [f'"body":"{number}"' in heard[index]["payload"] for index, number in enumerate(numbers)] == [
                True
            ] * 5


# --- rooms that somebody else has locked ---


def test_a_locked_room_holds_up_no_other(transactional_db: None, ana: User, berto: User, carla: User) -> None:
    lobby, patio = Room.objects.get(slug="lobby"), room_of(ana, "patio")
    assert not is_in(patio, carla)
    kept = draft(ana, "patio")
    with locked(patio):
        answers = write(draft(berto), kept, draft(carla, "patio"), draft(ana), draft(ana, "nowhere"))
        # Who is not in the locked room waits for nothing.
        assert told(answers) == [3, LOCKED, NotFound, 4, NotFound]
        assert told(write(kept)) == [LOCKED]
        assert seqs(patio) == [1]
    assert told(write(kept)) == [2]
    assert seqs(lobby) == [1, 2, 3, 4]


def test_with_a_little_patience_all_of_them_wait_and_none_is_written(transactional_db: None, ana: User) -> None:
    patio = room_of(ana, "patio")
    drafts = [draft(ana), draft(ana, "patio")]
    with locked(patio):
        assert told(write(*drafts, patience=Patience.SHORT)) == [LOCKED, LOCKED]
        assert not Message.objects.exists()
    assert told(write(*drafts, patience=Patience.SHORT)) == [2, 2]


def test_with_patience_a_lock_that_ends_is_waited_for(transactional_db: None, ana: User, berto: User) -> None:
    """What two workers do to each other: the same rooms, again and again, in whatever order they were said."""
    rooms = [room_of(ana, f"room-{number}") for number in range(5)]
    Membership.objects.bulk_create(Membership(room=room, user=berto) for room in rooms)

    def talk(by: User, order: Sequence[Room]) -> int:
        return sum(
            isinstance(answer, Posted)
            for number in range(10)
            for answer in write(*(draft(by, room.slug, str(number)) for room in order), patience=Patience.SHORT)
        )

    assert at_once(partial(talk, ana, rooms), partial(talk, berto, rooms[::-1])) == [50, 50]
    for room in rooms:
        assert seqs(room) == list(range(1, 22))


def test_one_who_posts_alone_waits_as_long_as_any_write(transactional_db: None, ana: User) -> None:
    with locked(Room.objects.get()), pytest.raises(OperationalError):
        write_post(draft(ana))
    assert not Message.objects.exists()


# --- what goes wrong with all of them ---


def test_one_that_fails_for_no_known_reason_sinks_no_other(
    transactional_db: None, ana: User, berto: User, caplog: pytest.LogCaptureFixture
) -> None:
    broken = room_of(ana, "patio")
    Room.objects.filter(pk=broken.pk).update(seq=0)  # as after a bad repair: its log has a 1
    answers = write(draft(berto), draft(ana, "patio"), draft(ana))
    assert told(answers) == [3, Unavailable, 4]
    assert [record.exc_info is not None for record in caplog.records] == [True, True]
    assert seqs(broken) == [1]


def test_a_sender_whose_own_row_is_locked_holds_up_no_other(
    transactional_db: None, ana: User, berto: User, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(berto):
        assert told(write(draft(ana), draft(berto), draft(ana))) == [3, Unavailable, 4]
    assert len(caplog.records) == 2
    assert told(write(draft(berto))) == [5]


def test_a_sender_whose_own_row_is_locked_is_waited_for_once_with_the_others_and_once_alone(
    transactional_db: None, ana: User, berto: User, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(berto):
        answers = write(draft(berto), draft(ana), *(draft(berto) for _ in range(5)), draft(ana))
    assert told(answers) == [Unavailable, 3, *[Unavailable] * 5, 4]
    assert len(caplog.records) == 2, "each is a wait"


def test_however_many_senders_rows_are_locked_there_is_an_end_to_the_waiting(
    ana: User, berto: User, carla: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked_out(posts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
        if posts[0].by == ana and len(posts) == 1:
            return [Posted(seq=3, duplicate=False)]
        raise OperationalError from psycopg.errors.LockNotAvailable()

    monkeypatch.setattr("chat.posting.AT_MOST_LOCKED_OUT", 2)
    monkeypatch.setattr("chat.posting._write_together", locked_out)
    dora = guest("dora")
    assert told(write(*map(draft, (berto, ana, carla, dora)))) == [Unavailable, 3, Unavailable, Unavailable]
    assert [record.__dict__["posts"] for record in caplog.records] == [4, 1, 1]


def test_what_cannot_be_published_is_written_all_the_same(
    transactional_db: None, ana: User, berto: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(messages: object) -> None:
        raise ValueError("a surprise")

    monkeypatch.setattr("chat.publisher.broadcast_all", fail)
    assert told(write(draft(ana), draft(berto))) == [3, 4]
    assert [(record.name, record.exc_info is not None) for record in caplog.records] == [
        ("django.db.backends.base", True)
    ]


@pytest.mark.parametrize(
    ("patience", "waits"), [(Patience.NONE, "250ms"), (Patience.SHORT, "250ms"), (Patience.LONG, "3s")]
)
def test_nothing_in_a_transaction_of_many_waits_long_for_a_lock(
    transactional_db: None, ana: User, patience: Patience, waits: str
) -> None:
    with transaction.atomic():
        write(draft(ana), patience=patience)
        assert lock_timeout() == waits
    assert lock_timeout() == "3s", "for others on the same connection"


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


def test_who_is_removed_at_the_same_moment_posts_before_it_or_not_at_all(
    transactional_db: None, ana: User, berto: User
) -> None:
    removed, answers = at_once(
        lambda: remove_member(by=ana, slug="lobby", user_id=berto.pk),
        lambda: write(draft(ana), draft(berto), draft(ana), patience=Patience.SHORT),
    )
    assert removed is None
    assert isinstance(answers, list)
    left = Event.objects.get(kind=Event.Kind.MEMBER_LEFT).seq
    assert isinstance(answers[1], NotFound) or (isinstance(answers[1], Posted) and answers[1].seq < left)
    lobby = Room.objects.get()
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))


# --- together as one by one ---

CLIENT_IDS = [UUID(int=number) for number in range(3)]

# Who, where, which client_id, what, in reply to which seq.
POSTS = st.tuples(
    st.sampled_from(["ana", "berto", "carla", "dora"]),
    st.sampled_from(["lobby", "patio", "garden", "nowhere", "No address"]),
    st.sampled_from(CLIENT_IDS),
    st.sampled_from(["hola", "**hola** @ana", "@berto @carla", "", "a\x00b", "x" * 4001]),
    st.one_of(st.none(), st.integers(-1, 8), st.just(2**63)),
)


@pytest.fixture
def people(ana: User, berto: User, carla: User, lobby: Room) -> dict[str, User]:
    """In three rooms: carla is in none but her own, and dora was deactivated."""
    room_of(berto, "patio", private=True)
    room_of(carla, "garden")
    say(ana, "lobby", "before")
    dora = guest("dora")
    dora.is_active = False
    dora.save()
    return {"ana": ana, "berto": berto, "carla": carla, "dora": dora}


def outcome(drafts: Sequence[Draft], write_all: Callable[[Sequence[Draft]], Sequence[object]]) -> list[object]:
    """What each was answered, and what is in the database afterwards but for times and keys; then it is undone."""
    with transaction.atomic():
        answers = [repr(answer) for answer in write_all(drafts)]
        heads = Room.objects.order_by("slug").values_list("slug", "seq")
        log = Event.objects.order_by("room", "seq").values_list("room", "seq", "kind", "by", "client_id", "data")
        messages = Message.objects.order_by("room", "seq").values_list(
            "room", "seq", "author", "client_id", "body", "html", "reply_to"
        )
        mentions = Mention.objects.order_by("room", "seq", "user").values_list("room", "seq", "user")
        found: list[object] = [*answers, *heads, *log, *messages, *mentions]
        transaction.set_rollback(True)
    return found


def one_by_one(drafts: Sequence[Draft]) -> Iterator[Posted | ChatError]:
    for one in drafts:
        try:
            yield write_post(one)
        except ChatError as error:
            yield error


@given(posts=st.lists(POSTS, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
def test_together_they_are_what_they_are_one_by_one(people: dict[str, User], posts: list[Any]) -> None:
    drafts = [
        Draft(by=people[name], slug=slug, client_id=client_id, body=body, reply_to=reply_to)
        for name, slug, client_id, body, reply_to in posts
    ]
    alone = outcome(drafts, lambda drafts: list(one_by_one(drafts)))
    assert outcome(drafts, partial(write_posts, patience=Patience.NONE)) == alone
    assert outcome(drafts, partial(write_posts, patience=Patience.SHORT)) == alone
