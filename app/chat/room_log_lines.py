"""The room's log in words: what its page says of an event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat.models import Event, Membership

# A mute that ends so late is one that is lifted some day.
FOR_GOOD = timedelta(days=3650)

ROLES = {
    Membership.Role.OWNER: gettext_noop("%(by)s made %(name)s an owner."),
    Membership.Role.MODERATOR: gettext_noop("%(by)s made %(name)s a moderator."),
    Membership.Role.MEMBER: gettext_noop("%(by)s made %(name)s a member like the others."),
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One sentence about one event: a change of a name and a topic at once are two."""

    event: Event
    text: str


def lines_of(event: Event) -> list[LogLine]:
    """Wants `by` and `subject` loaded."""
    names = {"by": event.by.username, "name": event.subject.username if event.subject else ""}
    return [LogLine(event, sentence % (names | values)) for sentence, values in _sentences(event)]


def is_for_good(end: datetime, *, since: datetime) -> bool:
    return end - since > FOR_GOOD


def _sentences(event: Event) -> list[tuple[str, dict[str, Any]]]:
    data = event.data
    match event.kind:
        case Event.Kind.MEMBER_JOINED:
            return [(_("%(by)s added %(name)s."), {})]
        case Event.Kind.MEMBER_LEFT:
            return [(_("%(by)s removed %(name)s."), {})]
        case Event.Kind.MESSAGE_DELETED:
            return [(_("%(by)s deleted a message of %(name)s."), {})]
        case Event.Kind.MEMBER_CHANGED:
            return _of_a_member(data, event.at)
        case _:
            return _of_the_room(data)


def _of_a_member(data: dict[str, Any], at: datetime) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if "role" in data["was"]:
        found.append((_(ROLES[data["role"]]), {}))
    if "muted_until" in data["was"]:
        found.append(_of_a_mute(data["muted_until"], at))
    return found


def _of_a_mute(until: str | None, at: datetime) -> tuple[str, dict[str, Any]]:
    if until is None:
        return _("%(by)s lifted the mute of %(name)s."), {}
    end = datetime.fromisoformat(until)
    if is_for_good(end, since=at):
        return _("%(by)s muted %(name)s until it is lifted."), {}
    # In whole minutes: the mute began a moment before the event.
    minutes = round((end - at).total_seconds() / 60)
    return _("%(by)s muted %(name)s for %(time)s."), {"time": timesince(at, at + timedelta(minutes=minutes))}


def _of_the_room(data: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    # An event of an earlier release says no more than what the room was called from then on.
    was = data.get("was", {"name": "", "topic": ""})
    found: list[tuple[str, dict[str, Any]]] = []
    if "name" in was:
        found.append((_("%(by)s called the room “%(title)s”."), {"title": data["name"]}))
    if "topic" in was and data["topic"]:
        found.append((_("%(by)s gave the room the topic “%(topic)s”."), {"topic": data["topic"]}))
    elif "topic" in was:
        found.append((_("%(by)s took the topic away."), {}))
    if "private" in was:
        found.append((_("%(by)s made the room private.") if data["private"] else _("%(by)s made the room public."), {}))
    if "archived" in was:
        found.append((_("%(by)s archived the room.") if data["archived"] else _("%(by)s opened the room again."), {}))
    return found
