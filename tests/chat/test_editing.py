"""Messages are edited and deleted: by whom, and what is left of them."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.editing import delete_message, edit_message, edited_data
from chat.errors import BadFrame, Forbidden, NotFound, TooLong
from chat.events import frame_of
from chat.first_run import first_run
from chat.message_selectors import events_after
from chat.models import Event, Membership, Mention, Message, Reaction, Room, Upload
from chat.posting import Posted
from chat.protocol import encode
from chat.reactions import react
from chat.services import add_member, post_message, remove_member
from chat.text import Rendered
from tests.people import PASSWORD, guest, is_in
from tests.redis_probe import Listener, listening
from tests.rooms import kinds, room_of, say, seqs, upload_of
from tests.threads import at_once

Role = Membership.Role
CLIENT_ID = UUID("6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")


def edit(by: User, seq: int, body: str = "better", *, slug: str = "lobby", client_id: UUID | None = None) -> Posted:
    return edit_message(by=by, slug=slug, client_id=client_id or uuid4(), seq=seq, body=body)


def delete(by: User, seq: int, *, slug: str = "lobby", client_id: UUID | None = None) -> Posted:
    return delete_message(by=by, slug=slug, client_id=client_id or uuid4(), seq=seq)


def give(user: User, role: str) -> None:
    Membership.objects.filter(user=user).update(role=role)


def mute(user: User, seconds: int = 60) -> None:
    Membership.objects.filter(user=user).update(muted_until=timezone.now() + timedelta(seconds=seconds))


def archive(room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(archived_at=timezone.now())


def log_of(room: Room) -> list[dict[str, object]]:
    """As who comes back from far away reads it."""
    return [json.loads(encode(frame_of(event))) for event in events_after(room_id=room.pk, seq=0, limit=500)]


# --- editing ---


def test_an_author_edits(berto: User, lobby: Room) -> None:
    seq = say(berto, "lobby", "**hola**")
    written = edit(berto, seq, "*adiós*", client_id=CLIENT_ID)
    assert written == Posted(seq=seq + 1, duplicate=False)
    event = Event.objects.get(room=lobby, seq=written.seq)
    message = Message.objects.get(room=lobby, seq=seq)
    assert (event.kind, event.by, event.subject) == (Event.Kind.MESSAGE_EDITED, berto, None)
    assert event.data == {
        "of": seq,
        "client_id": str(CLIENT_ID),
        "body": "*adiós*",
        "html": "<p><em>adiós</em></p>\n",
        "mentions": [],
    }
    assert (message.body, message.html, message.edited_at) == ("*adiós*", event.data["html"], event.at)
    # What was said before stays in the log.
    assert Event.objects.get(room=lobby, seq=seq).data["body"] == "**hola**"


def test_nobody_edits_what_another_wrote(ana: User, berto: User, lobby: Room) -> None:
    seq = say(berto, "lobby", "hola")
    with pytest.raises(Forbidden):
        edit(ana, seq)
    assert Message.objects.get(seq=seq).body == "hola"


def test_to_the_outsider_there_is_nothing_to_change(berto: User, carla: User, lobby: Room) -> None:
    assert not is_in(lobby, carla)
    seq = say(berto, "lobby", "hola")
    for change in (edit, delete):
        with pytest.raises(NotFound):
            change(carla, seq)
    remove_member(by=berto, slug="lobby", user_id=berto.pk)
    for change in (edit, delete):
        with pytest.raises(NotFound):
            change(berto, seq)


@pytest.mark.parametrize("seq", [0, 1, 99, 2**31, 2**63, 2**70, -1])
def test_what_is_no_message_is_not_found(berto: User, lobby: Room, seq: int) -> None:
    for change in (edit, delete):
        with pytest.raises(NotFound):
            change(berto, seq)
    assert seqs(lobby) == [1, 2]


def test_a_message_of_another_room_is_not_found(berto: User, lobby: Room) -> None:
    room_of(berto, "patio")
    seq = say(berto, "patio", "hola")
    for change in (edit, delete):
        with pytest.raises(NotFound):
            change(berto, seq)


@pytest.mark.parametrize(
    ("body", "error"), [("", BadFrame), (" \n", BadFrame), ("a\x00b", BadFrame), ("x" * 4001, TooLong)]
)
def test_a_body_that_will_not_do_is_refused(berto: User, lobby: Room, body: str, error: type[Exception]) -> None:
    seq = say(berto, "lobby", "hola")
    with pytest.raises(error):
        edit(berto, seq, body)
    assert Message.objects.get(seq=seq).edited_at is None


def test_with_files_the_words_may_go(berto: User, lobby: Room) -> None:
    upload = upload_of(berto, lobby)
    seq = post_message(by=berto, slug="lobby", client_id=uuid4(), body="look", uploads=(upload.pk,)).seq
    edit(berto, seq, "")
    assert Message.objects.get(seq=seq).body == ""
    assert Upload.objects.get().message_id is not None


def test_who_is_named_changes_with_the_words(ana: User, berto: User, bot: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "@berto")
    edit(ana, seq, "@bot and @ANA")
    assert list(Mention.objects.values_list("user_id", "seq")) == [(bot.pk, seq)]
    assert Event.objects.latest("pk").data["mentions"] == [bot.pk]
    edit(ana, seq, "@bot @berto")
    assert set(Mention.objects.values_list("user_id", flat=True)) == {bot.pk, berto.pk}
    edit(ana, seq, "nobody")
    assert not Mention.objects.exists()


# --- deleting ---


def test_an_author_deletes(berto: User, lobby: Room) -> None:
    seq = say(berto, "lobby", "hola")
    written = delete(berto, seq, client_id=CLIENT_ID)
    event = Event.objects.get(room=lobby, seq=written.seq)
    assert (event.kind, event.by, event.subject) == (Event.Kind.MESSAGE_DELETED, berto, None)
    assert event.data == {"of": seq, "client_id": str(CLIENT_ID)}
    assert Message.objects.get(seq=seq).deleted_at == event.at


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.OWNER])
def test_who_looks_after_the_room_deletes_anything(ana: User, berto: User, lobby: Room, role: str) -> None:
    dora = guest("dora")
    give(dora, role)
    for author in (ana, berto):
        delete(dora, say(author, "lobby", "hola"))
        event = Event.objects.latest("pk")
        assert (event.by, event.subject) == (dora, author)
        assert json.loads(encode(frame_of(event)))["data"]["user"] == {"id": author.pk, "name": author.username}


def test_a_member_deletes_nothing_of_others(ana: User, berto: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "hola")
    with pytest.raises(Forbidden):
        delete(berto, seq)
    assert Message.objects.get(seq=seq).body == "hola"


def test_what_is_deleted_is_nowhere(ana: User, berto: User, lobby: Room) -> None:
    upload = upload_of(berto, lobby, "secret.txt")
    first = post_message(by=berto, slug="lobby", client_id=uuid4(), body="secret @ana", uploads=(upload.pk,)).seq
    kept = say(berto, "lobby", "kept")
    edit(berto, first, "secret, edited")
    edit(berto, kept, "kept, edited")
    edit(berto, first, "secret, edited again @ana")
    react(by=ana, slug="lobby", client_id=uuid4(), seq=first, emoji="👍", on=True)
    react(by=ana, slug="lobby", client_id=uuid4(), seq=kept, emoji="👍", on=True)
    before = log_of(lobby)
    delete(ana, first)
    after = log_of(lobby)
    assert "secret" in json.dumps(before)
    assert "secret" not in json.dumps(after)
    assert "kept, edited" in json.dumps(after)
    message = Message.objects.get(seq=first)
    assert (message.body, message.html) == ("", "")
    assert not Mention.objects.exists()
    assert not Upload.objects.exists()
    assert [reaction.message.seq for reaction in Reaction.objects.all()] == [kept]
    # Nothing else of those events is another, nor is anything of the others.
    nothing = {"body": "", "html": "", "mentions": [], "uploads": []}
    for was, now in zip(before, after, strict=False):
        data = dict(was["data"])  # type: ignore[call-overload]
        if was["seq"] == first or (was["kind"] == "message.edited" and data["of"] == first):
            data |= {name: empty for name, empty in nothing.items() if name in data}
        assert now == {**was, "data": data}
    assert [event["kind"] for event in after[len(before) :]] == ["message.deleted"]


def test_what_is_deleted_changes_no_more(ana: User, berto: User, lobby: Room) -> None:
    seq = say(berto, "lobby", "hola")
    head = delete(berto, seq).seq
    with pytest.raises(NotFound):
        edit(berto, seq)
    for by in (berto, ana):
        assert delete(by, seq) == Posted(seq=head, duplicate=True)
    assert seqs(lobby)[-1] == head
    with pytest.raises(Forbidden):
        delete(guest("dora"), seq)


def test_a_reply_stays_a_reply_to_what_is_gone(ana: User, berto: User, lobby: Room) -> None:
    seq = say(berto, "lobby", "hola")
    reply = post_message(by=ana, slug="lobby", client_id=uuid4(), body="yes", reply_to=seq).seq
    delete(berto, seq)
    delete(ana, reply)
    assert Message.objects.get(seq=reply).reply_to == seq
    assert Event.objects.get(room=lobby, seq=reply).data["reply_to"] == seq


# --- who may not write ---


def test_who_is_muted_edits_nothing_and_deletes_their_own(ana: User, berto: User, lobby: Room) -> None:
    seq, others = say(berto, "lobby", "hola"), say(ana, "lobby", "hola")
    give(berto, Role.MODERATOR)
    mute(berto)
    with pytest.raises(Forbidden) as refused:
        edit(berto, seq)
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 60
    with pytest.raises(Forbidden):
        delete(berto, others)
    assert not delete(berto, seq).duplicate
    mute(berto, seconds=-1)
    assert not delete(berto, others).duplicate


def test_in_an_archived_room_only_moderators_and_owners_delete(ana: User, berto: User, lobby: Room) -> None:
    own, another = say(berto, "lobby", "hola"), say(ana, "lobby", "hola")
    archive(lobby)
    for refused in (
        partial(edit, berto, own),
        partial(delete, berto, own),
        partial(edit, ana, another),
        partial(react, by=berto, slug="lobby", client_id=uuid4(), seq=own, emoji="👍", on=True),
        partial(say, berto, "lobby", "hola"),
    ):
        with pytest.raises(Forbidden):
            refused()
    for seq in (own, another):
        assert not delete(ana, seq).duplicate


# --- once ---


@pytest.mark.parametrize("change", [edit, delete])
def test_a_repeat_gets_the_first_answer(
    ana: User,
    berto: User,
    lobby: Room,
    change: Callable[..., Posted],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    seq = say(berto, "lobby", "hola")
    first = change(berto, seq, client_id=CLIENT_ID)
    say(ana, "lobby", "meanwhile")
    # Also where it would be refused by now.
    mute(berto)
    archive(lobby)
    with django_assert_num_queries(3 + 2):  # the room, the membership, the repeat; a savepoint
        assert change(berto, seq, client_id=CLIENT_ID) == Posted(seq=first.seq, duplicate=True)
    # Its id belongs to its sender.
    assert kinds(lobby).count(Event.Kind.MESSAGE_EDITED if change is edit else Event.Kind.MESSAGE_DELETED) == 1


def test_an_id_is_of_one_write_whatever_its_kind(berto: User, lobby: Room) -> None:
    seq = post_message(by=berto, slug="lobby", client_id=CLIENT_ID, body="hola").seq
    for change in (edit, delete):
        assert change(berto, seq, client_id=CLIENT_ID) == Posted(seq=seq, duplicate=True)
    assert Message.objects.get(seq=seq).body == "hola"


def test_they_are_so_many_queries(
    ana: User, berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seq = say(berto, "lobby", "hola")
    # The room, the membership, the repeat, the message; the head, the event, the message; who was named. A savepoint.
    with django_assert_num_queries(8 + 2):
        edit(berto, seq)
    # And who is named now, who has to be found first.
    with django_assert_num_queries(10 + 2):
        edit(berto, seq, "@ana")
    edit(berto, seq)
    # What was posted, and what was edited, are emptied; mentions, reactions and uploads go.
    with django_assert_num_queries(12 + 2):
        delete(berto, seq)


# --- what was changed very often ---

EDITS = 2_000


def edit_often(message: Message, number: int) -> list[UUID]:
    """As if its author had edited it so many times; the edits' ids, in their order."""
    room = message.room
    room.refresh_from_db()
    client_ids = [uuid4() for _ in range(number)]
    Event.objects.bulk_create(
        Event(
            room=room,
            seq=room.seq + place,
            kind=Event.Kind.MESSAGE_EDITED,
            at=timezone.now(),
            by=message.author,
            client_id=client_id,
            data=edited_data(message, client_id, "secret", Rendered("<p>secret</p>", [message.author_id])),
        )
        for place, client_id in enumerate(client_ids, start=1)
    )
    Room.objects.filter(pk=room.pk).update(seq=room.seq + number)
    Message.objects.filter(pk=message.pk).update(edited_at=timezone.now())
    return client_ids


def check_a_deletion_empties_all_edits_at_once(berto: User, lobby: Room) -> None:
    """However many they are, by the same statements, of which none brings the edits here."""
    statements = []
    for number in (1, EDITS):
        seq, other = say(berto, "lobby", "secret"), say(berto, "lobby", "kept")
        client_ids = edit_often(Message.objects.get(room=lobby, seq=seq), number)
        kept = edit(berto, other, "kept, edited")
        with CaptureQueriesContext(connection) as queries:
            delete(berto, seq)
        statements.append([query["sql"].split()[0] for query in queries])
        assert not [query["sql"] for query in queries if "message.edited" in query["sql"] and "SELECT" in query["sql"]]
        edits = Event.objects.filter(room=lobby, kind=Event.Kind.MESSAGE_EDITED, data__of=seq)
        assert list(edits.values_list("data", flat=True)) == [
            {"of": seq, "client_id": str(client_id), "body": "", "html": "", "mentions": []} for client_id in client_ids
        ]
        assert Event.objects.get(room=lobby, seq=kept.seq).data["body"] == "kept, edited"
    assert statements[0] == statements[1]


def test_a_deletion_empties_all_edits_at_once(berto: User, lobby: Room) -> None:
    check_a_deletion_empties_all_edits_at_once(berto, lobby)


@pytest.mark.usefixtures("_sqlite")
def test_a_deletion_empties_all_edits_at_once_on_sqlite() -> None:
    berto = first_run(name="berto", password=PASSWORD, room="Lobby")
    check_a_deletion_empties_all_edits_at_once(berto, Room.objects.get())


def test_edits_and_a_deletion_at_the_same_moment_leave_nothing_behind(
    transactional_db: None, ana: User, berto: User
) -> None:
    lobby = Room.objects.get()
    for number in range(5):
        seq = say(berto, "lobby", f"secret {number}")
        outcomes = at_once(
            *(partial(edit, berto, seq, f"secret {word}") for word in ("one", "two")), partial(delete, ana, seq)
        )
        assert {type(outcome) for outcome in outcomes} <= {Posted, NotFound}
        assert "secret" not in json.dumps(log_of(lobby))
        assert Message.objects.get(room=lobby, seq=seq).body == ""
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))


# --- publishing ---


@pytest.fixture
def published(transactional_db: None, redis_server: "redis.Redis", berto: User) -> Iterator[Listener]:
    """What the workers are told of the lobby."""
    with listening(redis_server, Room.objects.get().stream) as listener:
        yield listener


def test_each_is_published_once(published: Listener, berto: User) -> None:
    seq = say(berto, "lobby", "hola")
    for change in (edit, delete):
        change(berto, seq, client_id=(client_id := uuid4()))
        change(berto, seq, client_id=client_id)
    heard = [json.loads(message["payload"]) for message in published.heard()]
    assert [event["kind"] for event in heard] == ["message.posted", "message.edited", "message.deleted"]
    assert heard[-1]["data"]["of"] == seq


def test_an_owner_who_was_removed_deletes_nothing(ana: User, berto: User, carla: User, lobby: Room) -> None:
    add_member(by=ana, slug="lobby", user=carla)
    seq = say(berto, "lobby", "hola")
    give(carla, Role.OWNER)
    remove_member(by=ana, slug="lobby", user_id=carla.pk)
    with pytest.raises(NotFound):
        delete(carla, seq)


def test_an_address_that_no_room_has_is_not_asked_for(berto: User) -> None:
    with pytest.raises(NotFound):
        edit(berto, 1, "hola @ana", slug="\x00")
