"""The API's calls about what is said."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Query, Router

from chat import schemas
from chat.api_auth import user_of
from chat.editing import delete_message, edit_message
from chat.events import frame_of
from chat.message_selectors import event_page, message_page, one_message
from chat.posting import Posted
from chat.presentation import message_dict, page_dict
from chat.reactions import react
from chat.selectors import membership_of
from chat.services import post_message

router = Router()

Answer = dict[str, Any]


def ack(room: str, client_id: UUID, written: Posted) -> Answer:
    return {"room": room, "client_id": client_id, "seq": written.seq, "duplicate": written.duplicate}


@router.get("/rooms/{room}/messages/", response=schemas.MessagePage)
def messages(request: HttpRequest, room: str, page: Query[schemas.PageOfMessages]) -> Answer:
    found = membership_of(user=user_of(request), slug=room).room
    return page_dict(
        message_page(room=found, before=page.before, after=page.after, around=page.around, limit=page.limit)
    )


@router.post("/rooms/{room}/messages/", response=schemas.Ack)
def post(request: HttpRequest, room: str, body: schemas.NewMessage) -> Answer:
    posted = post_message(
        by=user_of(request),
        slug=room,
        client_id=body.client_id,
        body=body.body,
        reply_to=body.reply_to,
        uploads=tuple(body.uploads),
    )
    return ack(room, body.client_id, posted)


@router.get("/rooms/{room}/messages/{seq}/", response=schemas.Message)
def one(request: HttpRequest, room: str, seq: schemas.Seq) -> Answer:
    found = membership_of(user=user_of(request), slug=room).room
    return message_dict(one_message(room=found, seq=seq))


@router.patch("/rooms/{room}/messages/{seq}/", response=schemas.Ack)
def edit(request: HttpRequest, room: str, seq: schemas.Seq, body: schemas.MessageChange) -> Answer:
    edited = edit_message(by=user_of(request), slug=room, client_id=body.client_id, seq=seq, body=body.body)
    return ack(room, body.client_id, edited)


@router.delete("/rooms/{room}/messages/{seq}/", response=schemas.Ack)
def delete(request: HttpRequest, room: str, seq: schemas.Seq, once: Query[schemas.Once]) -> Answer:
    deleted = delete_message(by=user_of(request), slug=room, client_id=once.client_id, seq=seq)
    return ack(room, once.client_id, deleted)


@router.put("/rooms/{room}/messages/{seq}/reactions/{emoji}/", response=schemas.Ack)
def add_reaction(request: HttpRequest, room: str, seq: schemas.Seq, emoji: str, once: Query[schemas.Once]) -> Answer:
    return _react(request, room, seq, emoji, once.client_id, on=True)


@router.delete("/rooms/{room}/messages/{seq}/reactions/{emoji}/", response=schemas.Ack)
def take_reaction_back(
    request: HttpRequest, room: str, seq: schemas.Seq, emoji: str, once: Query[schemas.Once]
) -> Answer:
    return _react(request, room, seq, emoji, once.client_id, on=False)


def _react(request: HttpRequest, room: str, seq: int, emoji: str, client_id: UUID, *, on: bool) -> Answer:
    written = react(by=user_of(request), slug=room, client_id=client_id, seq=seq, emoji=emoji, on=on)
    return ack(room, client_id, written)


@router.get("/rooms/{room}/events/", response=schemas.EventPage)
def events(request: HttpRequest, room: str, page: Query[schemas.PageOfEvents]) -> Answer:
    found = membership_of(user=user_of(request), slug=room).room
    log = event_page(room=found, since=page.since, limit=page.limit)
    return {"seq": found.seq, "events": [msgspec.to_builtins(frame_of(event)) for event in log]}
