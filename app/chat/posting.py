"""The one way in which messages are written: one alone, or many in one transaction.

However many they are, the queries are the same five: lock the rooms; what is known under their locks; the rooms' new
heads; the events; the messages. Mentions take two more for all of them, and uploads two. Each post gets the answer
that it would have got alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from chat.errors import BadFrame, ChatError, Conflict, NotFound, Unavailable
from chat.mentions import names_in, people_named
from chat.models import Event, Mention, Message, Room, Upload
from chat.posting_queries import (
    LOCK_MILLISECONDS,
    Known,
    Trace,
    limit_lock_waits,
    lock_rooms,
    look_up,
    move_heads,
    seats_taken,
)
from chat.publisher import publish
from chat.selectors import slug_to_look_up
from chat.silence import refused_by_archive, refused_by_mute
from chat.text import Rendered, check_body, render
from chat.upload_view import upload_dict
from realtime.database import DATABASE_GONE

logger = logging.getLogger(__name__)

# Somebody else has a row that this transaction wants: nothing was written, and the database is well.
LOCKED_OUT = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)

# Of posts that are tried one by one, so many may be locked out before the others are refused untried. That makes 2 s;
# after 8 the worker would give up on the database (ANSWER_SECONDS in realtime/database.py).
AT_MOST_LOCKED_OUT = 8


class RoomsLocked(Exception):
    """Some of the rooms were not to be had within Patience.SHORT."""


MAX_UPLOADS = 10

# A log begins at 1.
NO_MESSAGE = 0
MAX_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants to say."""

    by: User
    slug: str
    client_id: UUID
    body: str
    reply_to: int | None = None
    # The ids of files that it shows, in their order.
    uploads: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """What an ack says: the seq of the event, and whether this client_id had been written before."""

    seq: int
    duplicate: bool


class Locked(Enum):
    """The answer to a post of which nothing was written, since somebody else has its room's lock."""

    LOCKED = "locked"


Answer = Posted | ChatError
LOCKED = Locked.LOCKED


class Patience(Enum):
    """How long a transaction waits for a room that somebody else has locked, in milliseconds."""

    # Not at all: that room's posts are answered LOCKED, and those of the others are written.
    NONE = 0
    # Longer than a worker's transaction takes, and another's before it. Shorter than the second after which PostgreSQL
    # looks for a deadlock: of two that wait for each other, this one lets go. All posts are answered LOCKED.
    SHORT = LOCK_MILLISECONDS
    # As every other write waits (lock_timeout in config/settings.py), and then raises OperationalError.
    LONG = 3000


def write_post(post: Draft) -> Posted:
    """Write one message. Raises ChatError, and what the database raises."""
    [answer] = _write_together([post], Patience.LONG)
    if isinstance(answer, Posted):
        return answer
    raise answer if isinstance(answer, ChatError) else Unavailable


def write_posts(posts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
    """Write messages in one transaction, as if each had come after the one before it; the answers to them.

    Raises DATABASE_GONE: what was committed before that is found by those who repeat it. Whatever else goes wrong is
    told to the sender of the post that it is about, and the log has the traceback.
    """
    try:
        return _write_together(posts, patience)
    except RoomsLocked:
        return [LOCKED] * len(posts)
    except Exception as error:  # noqa: BLE001 - it is logged, or raised again
        _note(error, len(posts))
    # One of them may be at fault, and the others are not lost with it.
    return _write_one_by_one(posts, patience) if len(posts) > 1 else [Unavailable()]


def _write_one_by_one(posts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
    """Waits for no sender's row twice, and for AT_MOST_LOCKED_OUT locks in all: the other posts of the process wait."""
    answers: list[Answer | Locked] = []
    locked_out_posts = 0
    locked_out_senders: set[int] = set()
    for post in posts:
        answer: Answer | Locked = Unavailable()
        if post.by.pk not in locked_out_senders and locked_out_posts < AT_MOST_LOCKED_OUT:
            try:
                [answer] = _write_together([post], patience)
            except RoomsLocked:
                answer = LOCKED
                locked_out_posts += 1
            except Exception as error:  # noqa: BLE001 - as above
                _note(error, 1)
                if locked_out(error):
                    locked_out_senders.add(post.by.pk)
                    locked_out_posts += 1
        answers.append(answer)
    return answers


def _note(error: Exception, posts: int) -> None:
    """Log why so many posts were not written. Raises `error` again where the database is gone."""
    if isinstance(error, DATABASE_GONE) and not locked_out(error):
        raise error
    level = logging.WARNING if locked_out(error) else logging.ERROR
    logger.log(level, "posts could not be written", exc_info=error, extra={"posts": posts})


def locked_out(error: Exception) -> bool:
    """Whether a lock was not to be had in time, or two transactions waited for each other."""
    return isinstance(error.__cause__, LOCKED_OUT)


def posted_data(
    client_id: UUID, body: str, rendered: Rendered, reply_to: int | None, uploads: Sequence[Upload] = ()
) -> dict[str, Any]:
    """The data of message.posted."""
    return {
        "client_id": str(client_id),
        "body": body,
        "html": rendered.html,
        "reply_to": reply_to,
        "mentions": rendered.mentions,
        "uploads": [upload_dict(upload) for upload in uploads],
    }


def check_uploads(uploads: Sequence[UUID]) -> None:
    """Raises BadFrame."""
    if len(uploads) > MAX_UPLOADS or len(set(uploads)) < len(uploads):
        raise BadFrame(f"A message shows {MAX_UPLOADS} files at most, each once.")


def _write_together(posts: Sequence[Draft], patience: Patience) -> list[Answer | Locked]:
    batch = Batch(posts)
    if batch.open:
        with transaction.atomic():
            batch.write(patience)
    return batch.answers


class Batch:
    """Posts on their way through one transaction. Rendered when it is made: a long message takes a moment, and no lock
    is held meanwhile."""

    def __init__(self, posts: Sequence[Draft]) -> None:
        self._posts = posts
        self._answers: dict[int, Answer | Locked] = {}
        self._rendered: dict[int, Rendered] = {}
        self._rooms: dict[str, Room] = {}
        # The heads of the rooms before this batch.
        self._heads: dict[int, int] = {}
        self._written: dict[tuple[int, int, UUID], int] = {}
        self._events: list[Event] = []
        self._messages: list[Message] = []
        self._mentions: list[Mention] = []
        # Those that any of the posts names, and those of them that a message of this batch has taken.
        self._uploads: dict[UUID, Upload] = {}
        self._shown: dict[UUID, Upload] = {}
        for number, post in enumerate(posts):
            try:
                self._check(post)
            except ChatError as error:
                self._answers[number] = error.with_traceback(None)  # which would keep this batch alive
        self._render()

    def _check(self, post: Draft) -> None:
        check_uploads(post.uploads)
        check_body(post.body, may_be_blank=bool(post.uploads))
        slug_to_look_up(post.slug)

    def _render(self) -> None:
        """Whom they may name is looked up for all of them: if anybody comes or goes before they are written, that was
        a moment too late."""
        posts = {number: self._posts[number] for number in self.open}
        known = people_named((post.slug, name) for post in posts.values() for name in names_in(post.body))
        for number, post in posts.items():
            self._rendered[number] = render(post.body, known.get(post.slug, {}), author=post.by.pk)

    @property
    def open(self) -> list[int]:
        """The numbers of the posts that have no answer yet."""
        return [number for number in range(len(self._posts)) if number not in self._answers]

    @property
    def answers(self) -> list[Answer | Locked]:
        return [self._answers[number] for number in range(len(self._posts))]

    def write(self, patience: Patience) -> None:
        """Answer what is open, in a transaction."""
        self._lock(patience)
        if not (numbers := self.open):
            return
        known = look_up([self._trace(number) for number in numbers])
        self._look_up_uploads(numbers)
        at = timezone.now()
        for index, number in enumerate(numbers):
            self._answers[number] = self._answer(number, known.get(index), at)
        if self._events:
            move_heads(room for room in self._rooms.values() if room.seq > self._heads[room.pk])
            Event.objects.bulk_create(self._events)
            Message.objects.bulk_create(self._messages)
            if self._mentions:
                Mention.objects.bulk_create(self._mentions)
            self._bind_uploads()
            publish(self._events)

    def _lock(self, patience: Patience) -> None:
        """Answers the posts whose rooms are not there, or are not to be had."""
        seats = {number: (self._posts[number].slug, self._posts[number].by.pk) for number in self.open}
        if patience is Patience.SHORT:
            limit_lock_waits()
        try:
            rooms = lock_rooms(seats.values(), skip_locked=patience is Patience.NONE)
        except OperationalError as error:
            if patience is Patience.SHORT and locked_out(error):
                raise RoomsLocked from error
            raise
        self._rooms = {room.slug: room for room in rooms}
        self._heads = {room.pk: room.seq for room in rooms}
        missing = {number: seat for number, seat in seats.items() if seat[0] not in self._rooms}
        locked = seats_taken(missing.values()) if missing and patience is Patience.NONE else set()
        for number, seat in missing.items():
            self._answers[number] = LOCKED if seat in locked else NotFound()

    def _trace(self, number: int) -> Trace:
        post = self._posts[number]
        reply_to = post.reply_to if post.reply_to is not None and 0 < post.reply_to <= MAX_SEQ else NO_MESSAGE
        return self._rooms[post.slug].pk, post.by.pk, post.client_id, reply_to

    def _look_up_uploads(self, numbers: Sequence[int]) -> None:
        """Locked: who drops one, or clears old ones away, comes before this or after it."""
        wanted = {upload for number in numbers for upload in self._posts[number].uploads}
        if wanted:
            rows = Upload.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
            self._uploads = {upload.pk: upload for upload in rows}

    def _bind_uploads(self) -> None:
        shown = list(self._shown.values())
        for upload in shown:
            upload.message = upload.message  # which has its key now
        if shown:
            Upload.objects.bulk_update(shown, ["message", "position"])

    def _answer(self, number: int, known: Known | None, at: datetime) -> Answer:
        """Also takes the post up into what is to be written, where nothing is against it.

        `known` was read under the room's lock, which every change of a membership takes: it cannot be about to end.
        """
        post = self._posts[number]
        room = self._rooms[post.slug]
        if known is None:
            return NotFound()
        first = known.earlier or self._written.get((room.pk, post.by.pk, post.client_id))
        if first is not None:
            return Posted(seq=first, duplicate=True)
        if refusal := refused_by_archive(room.archived_at) or refused_by_mute(known.muted_until, at=at):
            return refusal
        # What it replies to may have come with it, before it.
        if post.reply_to is not None and known.replied is None and not self._heads[room.pk] < post.reply_to <= room.seq:
            return NotFound("There is no such message to reply to.")
        if error := self._check_uploads(room, post):
            return error
        # The sender may have been known to a socket for days.
        post.by.picture_version = known.picture_version
        return Posted(seq=self._append(room, post, self._rendered[number], at), duplicate=False)

    def _check_uploads(self, room: Room, post: Draft) -> ChatError | None:
        for number in post.uploads:
            upload = self._uploads.get(number)
            if upload is None or (upload.room_id, upload.by_id) != (room.pk, post.by.pk):
                return NotFound("There is no such upload of yours in this room.")
            if upload.message_id is not None or number in self._shown:
                return Conflict("This upload belongs to another message.")
        return None

    def _append(self, room: Room, post: Draft, rendered: Rendered, at: datetime) -> int:
        room.seq += 1
        uploads = [self._uploads[number] for number in post.uploads]
        self._written[room.pk, post.by.pk, post.client_id] = room.seq
        self._events.append(
            Event(
                room=room,
                seq=room.seq,
                kind=Event.Kind.MESSAGE_POSTED,
                at=at,
                by=post.by,
                client_id=post.client_id,
                data=posted_data(post.client_id, post.body, rendered, post.reply_to, uploads),
            )
        )
        message = Message(
            room=room,
            seq=room.seq,
            author=post.by,
            client_id=post.client_id,
            at=at,
            body=post.body,
            html=rendered.html,
            reply_to=post.reply_to,
        )
        self._messages.append(message)
        self._mentions.extend(Mention(room=room, seq=room.seq, user_id=user) for user in rendered.mentions)
        for position, upload in enumerate(uploads):
            upload.message, upload.position = message, position
            self._shown[upload.pk] = upload
        return room.seq
