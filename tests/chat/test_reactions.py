"""Emojis that people put to messages."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.editing import delete_message
from chat.emojis import check_emoji
from chat.errors import BadFrame, Conflict, Forbidden, NotFound
from chat.message_selectors import one_message
from chat.models import Event, Membership, Message, Reaction, Room
from chat.posting import Posted
from chat.reactions import MAX_EMOJIS, MAX_REACTIONS, react
from tests.chat.test_editing import mute
from tests.people import guest, is_in
from tests.rooms import kinds, say, seqs
from tests.threads import at_once

CLIENT_ID = UUID("6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
MANY = "😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😚😙🥲😋"


@pytest.fixture
def said(ana: User, lobby: Room) -> int:
    return say(ana, "lobby", "hola")


def put(by: User, seq: int, emoji: str = "👍", *, on: bool = True, client_id: UUID | None = None) -> Posted:
    return react(by=by, slug="lobby", client_id=client_id or uuid4(), seq=seq, emoji=emoji, on=on)


def shown(seq: int) -> dict[str, list[str]]:
    reactions = one_message(room=Room.objects.get(), seq=seq).reactions
    return {emoji: [name for _, name in users] for emoji, users in reactions.items()}


def test_a_reaction_is_put_and_taken_back(berto: User, lobby: Room, said: int) -> None:
    head = seqs(lobby)[-1]
    assert put(berto, said, client_id=CLIENT_ID) == Posted(seq=head + 1, duplicate=False)
    event = Event.objects.latest("pk")
    assert (event.kind, event.by) == (Event.Kind.REACTION_ADDED, berto)
    assert event.data == {"of": said, "client_id": str(CLIENT_ID), "emoji": "👍"}
    assert shown(said) == {"👍": ["berto"]}
    assert put(berto, said, on=False) == Posted(seq=head + 2, duplicate=False)
    event = Event.objects.latest("pk")
    assert (event.kind, event.data["of"], event.data["emoji"]) == (Event.Kind.REACTION_REMOVED, said, "👍")
    assert shown(said) == {}


def test_what_changes_nothing_is_written_nowhere(ana: User, berto: User, lobby: Room, said: int) -> None:
    put(berto, said)
    before = seqs(lobby)
    say(ana, "lobby", "meanwhile")
    assert put(berto, said) == Posted(seq=before[-1] + 1, duplicate=True)
    assert put(ana, said, on=False) == Posted(seq=before[-1] + 1, duplicate=True)
    assert put(berto, said, "🧉", on=False) == Posted(seq=before[-1] + 1, duplicate=True)
    assert seqs(lobby) == [*before, before[-1] + 1]
    assert shown(said) == {"👍": ["berto"]}


def test_a_repeat_gets_the_first_answer(berto: User, lobby: Room, said: int) -> None:
    first = put(berto, said, client_id=CLIENT_ID)
    put(berto, said, on=False)
    # The message stays without it: what was undone since is not done again.
    assert put(berto, said, client_id=CLIENT_ID) == Posted(seq=first.seq, duplicate=True)
    assert shown(said) == {}


def test_one_emoji_is_one_however_it_is_written(ana: User, berto: User, said: int) -> None:
    put(ana, said, "❤")
    put(berto, said, "❤\ufe0f")
    assert shown(said) == {check_emoji("❤"): ["ana", "berto"]}
    assert put(ana, said, "❤\ufe0f").duplicate


@pytest.mark.parametrize("emoji", ["", "a", "👍👍", "x" * 5000])
def test_what_is_no_emoji_is_refused(berto: User, said: int, emoji: str) -> None:
    with pytest.raises(BadFrame):
        put(berto, said, emoji)


def test_emojis_stand_in_the_order_in_which_they_were_first_put(ana: User, berto: User, bot: User, said: int) -> None:
    put(berto, said, "🧉")
    put(ana, said, "👍")
    put(bot, said, "🧉")
    put(ana, said, "🧉")
    assert list(shown(said).items()) == [("🧉", ["berto", "bot", "ana"]), ("👍", ["ana"])]
    # Whoever was the first may go: the emoji stays where it is.
    put(berto, said, "🧉", on=False)
    assert list(shown(said).items()) == [("🧉", ["bot", "ana"]), ("👍", ["ana"])]
    put(berto, said, "🧉")
    put(bot, said, "🧉", on=False)
    assert list(shown(said).items()) == [("🧉", ["ana", "berto"]), ("👍", ["ana"])]
    # Only when nobody's is left does it come again at the end.
    put(ana, said, "🧉", on=False)
    put(berto, said, "🧉", on=False)
    put(bot, said, "🧉")
    assert list(shown(said)) == ["👍", "🧉"]


def test_a_message_has_so_many_emojis_and_no_more(ana: User, berto: User, lobby: Room, said: int) -> None:
    for emoji in MANY[:MAX_EMOJIS]:
        put(berto, said, emoji)
    with pytest.raises(Conflict):
        put(ana, said, MANY[MAX_EMOJIS])
    put(ana, said, MANY[0])
    put(berto, said, MANY[1], on=False)
    put(ana, said, MANY[MAX_EMOJIS])


def test_a_message_has_so_many_reactions_and_no_more(ana: User, berto: User, said: int) -> None:
    message = Message.objects.get(seq=said)
    names = [User(username=f"p{number}") for number in range(MAX_REACTIONS - 1)]
    people = User.objects.bulk_create(names)
    Reaction.objects.bulk_create(
        Reaction(message=message, user=person, emoji="👍", seq=number) for number, person in enumerate(people)
    )
    put(ana, said)
    with pytest.raises(Conflict):
        put(berto, said)
    put(ana, said, on=False)
    put(berto, said)


def test_who_may_not_write_may_not_react(ana: User, berto: User, carla: User, lobby: Room, said: int) -> None:
    assert not is_in(lobby, carla)
    with pytest.raises(NotFound):
        put(carla, said)
    mute(berto)
    for on in (True, False):
        with pytest.raises(Forbidden) as refused:
            put(berto, said, on=on)
        assert refused.value.retry_after is not None
    Membership.objects.filter(user=berto).update(muted_until=None)
    Room.objects.update(archived_at=timezone.now())
    with pytest.raises(Forbidden):
        put(berto, said)
    assert not Reaction.objects.exists()


@pytest.mark.parametrize("seq", [0, 1, 99, 2**63, -1])
def test_what_is_no_message_is_not_found(berto: User, lobby: Room, seq: int) -> None:
    with pytest.raises(NotFound):
        put(berto, seq)


def test_what_was_deleted_gets_no_more(ana: User, berto: User, said: int) -> None:
    put(berto, said)
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=said)
    assert not Reaction.objects.exists()
    for on in (True, False):
        with pytest.raises(NotFound):
            put(berto, said, on=on)


def test_it_is_so_many_queries(berto: User, said: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # The room, the membership, the repeat, the message, its reactions; the head, the event, the reaction. A savepoint.
    with django_assert_num_queries(8 + 2):
        put(berto, said)
    with django_assert_num_queries(5 + 2):
        put(berto, said)


def test_reactions_at_the_same_moment_are_each_written_once(transactional_db: None, ana: User, berto: User) -> None:
    lobby = Room.objects.get()
    said = say(ana, "lobby", "hola")
    people = [ana, berto, guest("dora"), guest("emil")]
    before = len(seqs(lobby))
    outcomes = at_once(*(partial(put, person, said) for person in people for _ in range(2)))
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    assert sorted(shown(said)["👍"]) == ["ana", "berto", "dora", "emil"]
    assert kinds(lobby)[before:] == [Event.Kind.REACTION_ADDED] * 4
    assert seqs(lobby) == list(range(1, len(seqs(lobby)) + 1))
