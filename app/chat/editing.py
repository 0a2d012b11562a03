"""A message is edited or deleted. Keyword-only arguments; raises the errors of errors.py."""

import json
from uuid import UUID

from django.db import connection, transaction
from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from accounts.models import User
from chat.changing import Change, begin_change
from chat.errors import Forbidden, NotFound
from chat.mentions import names_in, people_named
from chat.models import Event, Membership, Mention, Message, Reaction, Room
from chat.posting import Posted, posted_data
from chat.roles import check_moderates
from chat.selectors import slug_to_look_up
from chat.silence import refused_by_archive
from chat.text import Rendered, check_body, render
from chat.uploads import delete_uploads_of
from chat.writing import append_event


def edit_message(*, by: User, slug: str, client_id: UUID, seq: int, body: str) -> Posted:
    """Authors change what they said. A repeat of `client_id` gets the first answer.

    Raises BadFrame, TooLong, NotFound and Forbidden.
    """
    check_body(body, may_be_blank=True)
    # Before the room is locked: a long message takes a moment.
    known = people_named((slug_to_look_up(slug), name) for name in names_in(body))
    rendered = render(body, known.get(slug, {}), author=by.pk)
    with transaction.atomic():
        change = begin_change(by=by, slug=slug, client_id=client_id, seq=seq)
        return change if isinstance(change, Posted) else _edit(change, client_id, body, rendered)


def _edit(change: Change, client_id: UUID, body: str, rendered: Rendered) -> Posted:
    message, by = change.message, change.membership.user
    if message.deleted_at is not None:
        raise NotFound("This message was deleted.")
    if message.author_id != by.pk:
        raise Forbidden("Only its author can edit a message.")
    change.check_open()
    check_body(body, may_be_blank=not body.strip() and message.uploads.exists())
    event = append_event(
        change.room,
        Event.Kind.MESSAGE_EDITED,
        by=by,
        client_id=client_id,
        data=edited_data(message, client_id, body, rendered),
    )
    message.body, message.html, message.edited_at = body, rendered.html, event.at
    message.save(update_fields=["body", "html", "edited_at"])
    _mention(change.room, message, rendered.mentions)
    return Posted(seq=event.seq, duplicate=False)


def _mention(room: Room, message: Message, user_ids: list[int]) -> None:
    """Those whom the message names now, and no others."""
    mentions = Mention.objects.filter(room=room, seq=message.seq)
    before = set(mentions.values_list("user_id", flat=True))
    if gone := before - set(user_ids):
        mentions.filter(user_id__in=gone).delete()
    if new := [user_id for user_id in user_ids if user_id not in before]:
        Mention.objects.bulk_create(Mention(room=room, seq=message.seq, user_id=user_id) for user_id in new)


@transaction.atomic
def delete_message(*, by: User, slug: str, client_id: UUID, seq: int) -> Posted:
    """Authors delete what they said, moderators and owners anything; the body leaves the log, too.

    Authors do so while they are muted, moderators and owners in an archived room. What is deleted already changes no
    more. Raises NotFound and Forbidden.
    """
    change = begin_change(by=by, slug=slug, client_id=client_id, seq=seq)
    if isinstance(change, Posted):
        return change
    message, own = change.message, change.message.author_id == by.pk
    if not own:
        check_moderates(change.membership)
    elif change.membership.role == Membership.Role.MEMBER and (refusal := refused_by_archive(change.room.archived_at)):
        raise refusal
    if message.deleted_at is not None:
        return change.nothing
    _empty_events(message)
    Mention.objects.filter(room=change.room, seq=seq).delete()
    Reaction.objects.filter(message=message).delete()
    delete_uploads_of(message)
    event = append_event(
        change.room,
        Event.Kind.MESSAGE_DELETED,
        by=change.membership.user,
        subject=None if own else message.author,
        client_id=client_id,
        data={"of": seq, "client_id": str(client_id)},
    )
    message.body, message.html, message.deleted_at = "", "", event.at
    message.save(update_fields=["body", "html", "deleted_at"])
    return Posted(seq=event.seq, duplicate=False)


def _empty_events(message: Message) -> None:
    """Take what was said out of the events that said it: they keep their places in the log."""
    log = Event.objects.filter(room_id=message.room_id)
    nothing = Rendered("", [])
    posted = posted_data(message.client_id, "", nothing, message.reply_to)
    log.filter(seq=message.seq).update(data=posted)
    if message.edited_at is None:
        return
    edits = log.filter(
        seq__gt=message.seq, kind=Event.Kind.MESSAGE_EDITED, by_id=message.author_id, data__of=message.seq
    )
    # There may be a hundred thousand of them, and the room's lock is held.
    edits.update(data=_data_with({"body": "", "html": "", "mentions": []}))


def _data_with(values: dict[str, object]) -> RawSQL:
    """An event's data with these values in the place of its own."""
    sql = "data || %s::jsonb" if connection.vendor == "postgresql" else "json_patch(data, %s)"
    return RawSQL(sql, [json.dumps(values)], output_field=JSONField())  # noqa: S611 - the values are a parameter


def edited_data(message: Message, client_id: UUID | None, body: str, rendered: Rendered) -> dict[str, object]:
    return {
        "of": message.seq,
        "client_id": str(client_id),
        "body": body,
        "html": rendered.html,
        "mentions": rendered.mentions,
    }
