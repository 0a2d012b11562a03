"""Whoever applied the events, live and replayed, holds the same picture of a room as whoever fetched it afresh.

FUZZ=20 tries twenty times as many histories (tests/fuzzing.py).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from accounts.models import User
from chat.editing import delete_message, edit_message
from chat.errors import NotFound
from chat.models import Message, Room
from chat.reactions import react
from chat.services import add_member, post_message, remove_member, update_room
from tests.fuzzing import effort
from tests.people import Browser, browser_of, is_in
from tests.room_picture import RoomPicture, fetch
from tests.rooms import fill, room_of, say, upload_of
from tests.wire import Chat, Frame, Sockets
from tests.workers import Worker

slugs = (f"room-{number}" for number in count(1))


class Follower:
    """A client that loads a room once and then lives on events, as long as it can."""

    def __init__(self, sockets: Sockets, browser: Browser, slug: str) -> None:
        self._sockets = sockets
        self._browser = browser
        self._slug = slug
        self._chat: Chat | None = None
        self.listens = False
        self.loaded = 1
        self.picture = fetch(browser.client, slug)

    def comes(self) -> None:
        if self._chat is None:
            self._chat = self._sockets.typed(browser=self._browser)
            self.subscribes()

    def subscribes(self) -> None:
        """From where it is; or from a fresh page where it is told so."""
        assert self._chat is not None
        answer = self._chat.subscribe(self._slug, since=self.picture.seq)
        if answer["type"] == "error":
            assert answer["code"] == "not_found"  # thrown out, and let in again later
            return
        self.listens = True
        if not answer["recovered"]:
            self.loaded += 1
            self.picture = fetch(self._browser.client, self._slug)
            answer = self._chat.subscribe(self._slug, since=self.picture.seq)
        assert answer["recovered"]
        for event in answer["events"]:
            self.picture.apply(event)
        assert answer["seq"] == self.picture.seq

    def goes(self) -> None:
        """Without having read what was on its way."""
        if self._chat is not None:
            self._chat.close()
            self._chat, self.listens = None, False

    def hears_up_to(self, seq: int) -> None:
        assert self._chat is not None
        while self.picture.seq < seq:
            if self.listens:
                self._hear(self._chat.next())
            else:
                self.subscribes()

    def _hear(self, frame: Frame) -> None:
        if frame["type"] == "event":
            self.picture.apply(frame)
        else:
            assert (frame["type"], frame["reason"]) == ("unsubscribed", "removed")
            self.listens = False  # perhaps they are let in again


@dataclass
class History:
    """A room of ana's, and what happens in it."""

    ana: User
    others: list[User]
    poster: Chat
    room: Room
    client_ids: list[str] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.room.slug

    def someone_posts(self, by: int, body: str) -> None:
        speaker = [self.ana, *self.others][by]
        if is_in(self.room, speaker):
            say(speaker, self.slug, body)

    def ana_posts_over_her_socket(self, by: int, body: str) -> None:
        client_id = self.client_ids[by] if by < len(self.client_ids) else str(uuid4())  # the first ones again
        assert self.poster.post(self.slug, body, client_id=client_id)["type"] == "ack"
        self.client_ids.append(client_id)

    def someone_replies(self, by: int, body: str) -> None:
        seqs = list(Message.objects.filter(room=self.room).values_list("seq", flat=True))
        if seqs:
            reply_to = seqs[by % len(seqs)]
            post_message(by=self.ana, slug=self.slug, client_id=uuid4(), body=body, reply_to=reply_to)

    def someone_says_it_with_a_file(self, by: int, body: str) -> None:
        speaker = [self.ana, *self.others][by]
        if is_in(self.room, speaker):
            uploads = tuple(upload_of(speaker, self.room, f"{number}.txt").pk for number in range(2))
            post_message(by=speaker, slug=self.slug, client_id=uuid4(), body=f"{body} @ana @berto", uploads=uploads)

    def an_author_edits(self, by: int, body: str) -> None:
        if message := self._some_message(by):
            with suppress(NotFound):  # deleted, or its author is not here any more
                edit_message(by=message.author, slug=self.slug, client_id=uuid4(), seq=message.seq, body=f"{body} @bot")

    def ana_deletes(self, by: int, body: str) -> None:
        if message := self._some_message(by):
            delete_message(by=self.ana, slug=self.slug, client_id=uuid4(), seq=message.seq)

    def someone_reacts(self, by: int, body: str) -> None:
        """Or takes it back."""
        message, user = self._some_message(len(body)), [self.ana, *self.others][by]
        if message and is_in(self.room, user):
            emoji, on = "👍❤🧉"[len(body) % 3], len(body) % 4 != 0
            with suppress(NotFound):  # deleted
                react(by=user, slug=self.slug, client_id=uuid4(), seq=message.seq, emoji=emoji, on=on)

    def _some_message(self, number: int) -> Message | None:
        """One of the newest, so that several things happen to the same."""
        newest = list(Message.objects.filter(room=self.room).select_related("author").order_by("-seq")[:3])
        return newest[number % len(newest)] if newest else None

    def ana_renames(self, by: int, body: str) -> None:
        name, topic = body.strip()[:40] or "Room", body[:40]
        update_room(by=self.ana, slug=self.slug, name=name if by != 1 else None, topic=topic if by != 2 else None)

    def ana_lets_in_or_throws_out(self, by: int, body: str) -> None:
        user = self.others[by % len(self.others)]
        if is_in(self.room, user):
            remove_member(by=self.ana, slug=self.slug, user_id=user.pk)
        else:
            add_member(by=self.ana, slug=self.slug, user=user)

    def much_is_said(self, by: int, body: str) -> None:
        fill(self.room, self.ana, [2, 120, 499, 501][by], body="hola")


WRITES: list[Callable[[History, int, str], None]] = [
    History.someone_posts,
    History.ana_posts_over_her_socket,
    History.someone_replies,
    History.someone_says_it_with_a_file,
    History.an_author_edits,
    History.ana_deletes,
    History.someone_reacts,
    History.someone_reacts,
    History.ana_renames,
    History.ana_lets_in_or_throws_out,
    History.much_is_said,
]
bodies = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    str.strip
)
writes = st.tuples(st.sampled_from(WRITES), st.integers(0, 3), bodies)
# A message to which all of it happens, while one follows and one is away.
EVERYTHING: list[tuple[object, ...]] = [
    (Follower.comes, 0),
    (History.someone_says_it_with_a_file, 0, "look"),
    (History.someone_reacts, 0, "three"),
    (History.someone_reacts, 1, "three"),
    (History.an_author_edits, 0, "better"),
    (History.someone_reacts, 0, "eight888"),
    (History.someone_says_it_with_a_file, 1, "another"),
    (History.ana_deletes, 1, ""),
    (Follower.comes, 1),
    (History.ana_deletes, 0, ""),
]
moves = st.tuples(st.sampled_from([Follower.comes, Follower.goes]), st.integers(0, 1))


def test_who_applied_the_events_knows_what_who_fetched_afresh_knows(
    sockets: Sockets, other_worker: Worker, ana: User, berto: User, carla: User, bot: User
) -> None:
    others = [berto, carla, bot]
    browsers = {user: browser_of(user) for user in (ana, berto)}
    poster = sockets.typed(browser=browsers[ana])
    loaded = 0

    @effort(20, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(writes | moves, min_size=3, max_size=25))
    @example(EVERYTHING)
    @example([(Follower.comes, 0), (Follower.goes, 0), (History.much_is_said, 3, "hola"), (Follower.comes, 0)])
    @example([(Follower.comes, 1), (History.ana_lets_in_or_throws_out, 0, ""), (Follower.goes, 1), (Follower.comes, 1)])
    def play(steps: list[tuple[object, ...]]) -> None:
        nonlocal loaded
        room = room_of(ana, next(slugs))
        add_member(by=ana, slug=room.slug, user=berto)
        history = History(ana, others, poster, room)
        followers = [
            Follower(sockets, browsers[ana], room.slug),
            Follower(sockets.on(other_worker), browsers[berto], room.slug),
        ]
        for step in steps:
            match step:
                case (move, int(which)) if callable(move):
                    move(followers[which])
                case (write, int(by), str(body)) if callable(write):
                    write(history, by, body)
        if not is_in(room, berto):
            add_member(by=ana, slug=room.slug, user=berto)
        room.refresh_from_db()
        pictures: list[RoomPicture] = []
        for follower in followers:
            follower.comes()
            follower.hears_up_to(room.seq)
            follower.goes()
            pictures.append(follower.picture)
            loaded = max(loaded, follower.loaded)
        afresh = fetch(browsers[ana].client, room.slug)
        assert afresh.seq == room.seq
        assert pictures == [afresh, afresh]

    play()
    assert loaded > 1, "none of them was ever too far behind"
