"""The search over the rooms that somebody is in."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat import selectors
from chat.errors import NotFound
from chat.models import Membership, Message, Room
from chat.search_index import bounded, holds
from chat.search_query import Query, QueryWrong, parse
from chat.search_snippets import Piece, snippet

HITS = 25  # on a page
# A word that everybody uses is found in what was said last, a rare one by the index: that would gather all the messages
# with a common one first, for a second or more where 250,000 have it. To look through so many takes 0.1 s.
LOOKED_THROUGH = 5_000

ME = "me"


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; its room has the title that the one who searches knows it by."""

    message: Message
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Newest first. `before`: where the next page goes on, None where there is no more."""

    hits: list[Hit]
    before: int | None


def search(*, user: User, text: str, before: int | None = None, limit: int = HITS) -> SearchPage:
    """Messages in the rooms that the user is in at this moment. Raises QueryWrong, TooLong, TooBroad."""
    query = parse(text)
    if not query:
        return SearchPage(hits=[], before=None)
    with bounded():
        found = _newest(_matching(user, query), query, before, limit + 1)
    shown = found[:limit]
    _name_rooms(shown, user)
    return SearchPage(
        hits=[Hit(message, snippet(message.body, query.terms)) for message in shown],
        before=shown[-1].pk if len(found) > limit else None,
    )


def _newest(messages: QuerySet[Message], query: Query, before: int | None, limit: int) -> list[Message]:
    """The first of what matches, by the key, which rises with the time within a room."""
    messages = messages.select_related("author", "room")
    if before is not None:
        messages = messages.filter(pk__lt=before)
    by_key = messages.order_by("-pk")
    if not query.terms:
        return list(by_key[:limit])
    newest = before or Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    found = list(by_key.filter(pk__gte=newest - LOOKED_THROUGH)[:limit])
    # `+ 0`: looked up in the index of the words, and what that finds is sorted. PostgreSQL would go through all the
    # messages by their key otherwise, which took 20 s for a rare word among 1,000,000.
    return found if len(found) == limit else list(messages.order_by((F("pk") + 0).desc())[:limit])


def _name_rooms(messages: list[Message], user: User) -> None:
    """As the one who searches knows them."""
    rooms: dict[int, Room] = {}
    for message in messages:
        message.room = rooms.setdefault(message.room_id, message.room)
    selectors.name_all_for_viewer(list(rooms.values()), user=user)


def _matching(user: User, query: Query) -> QuerySet[Message]:
    mine = Membership.objects.filter(user=user, user__is_active=True)
    messages = Message.objects.filter(room__in=mine.values("room"), deleted_at=None)
    if query.room:
        messages = messages.filter(room=_room_named(user, query.room))
    if query.by:
        messages = messages.filter(author=_author_named(user, query.by))
    if query.before:
        messages = messages.filter(at__lt=_beginning_of(query.before))
    if query.after:
        messages = messages.filter(at__gte=_beginning_of(query.after + timedelta(days=1)))
    return messages.filter(holds(query.terms)) if query.terms else messages


def _room_named(user: User, slug: str) -> int:
    try:
        return selectors.membership_of(user=user, slug=slug.lower()).room_id
    except NotFound:
        raise QueryWrong(_("You are in no room with the address “{slug}”.").format(slug=slug)) from None


def _author_named(user: User, name: str) -> User:
    """Also somebody who was deactivated: what they said is still there."""
    if name.lower() == ME:
        return user
    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        raise QueryWrong(_("There is nobody called “{name}”.").format(name=name))
    return found


def _beginning_of(day: date) -> datetime:
    """In the time zone of the place."""
    return timezone.make_aware(datetime.combine(day, time.min))
