"""The API's calls about rooms and who is in them."""

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts.models import User
from chat import schemas, selectors, services
from chat.api_auth import user_of
from chat.errors import NotFound
from chat.events import frame_of
from chat.roles import change_member
from chat.room_log import room_log
from chat.room_view import member_dict, room_dict

router = Router()

Answer = dict[str, Any]


@router.get("/rooms/", response=list[schemas.Room])
def my_rooms(request: HttpRequest) -> list[Answer]:
    return [room_dict(room) for room in selectors.rooms_of(user=user_of(request))]


@router.post("/rooms/", response={201: schemas.Room})
def new_room(request: HttpRequest, body: schemas.NewRoom) -> Status[Answer]:
    user = user_of(request)
    services.create_room(by=user, slug=body.slug, name=body.name, topic=body.topic, private=body.private)
    return Status(201, seen_by(user, body.slug))


@router.get("/rooms/{room}/", response=schemas.Room)
def one_room(request: HttpRequest, room: str) -> Answer:
    return seen_by(user_of(request), room)


@router.patch("/rooms/{room}/", response=schemas.Room)
def change_room(request: HttpRequest, room: str, body: schemas.RoomChange) -> Answer:
    user = user_of(request)
    services.update_room(by=user, slug=room, **body.dict())
    return seen_by(user, room)


@router.delete("/rooms/{room}/", response={204: None})
def delete_room(request: HttpRequest, room: str) -> Status[None]:
    services.delete_room(by=user_of(request), slug=room)
    return Status(204, None)


@router.patch("/rooms/{room}/me/", response=schemas.Room)
def change_my_notices(request: HttpRequest, room: str, body: schemas.Notices) -> Answer:
    user = user_of(request)
    services.choose_notices(by=user, slug=room, notify=body.notify)
    return seen_by(user, room)


@router.get("/rooms/{room}/log/", response=schemas.LogPage)
def log(request: HttpRequest, room: str, page: Query[schemas.PageOfLog]) -> Answer:
    """What moderators and owners did, for owners."""
    found = room_log(user=user_of(request), slug=room, before=page.before)
    return {"events": [msgspec.to_builtins(frame_of(event)) for event in found.events], "more": found.more}


# --- who is in it ---


@router.get("/rooms/{room}/members/", response=list[schemas.Member])
def members(request: HttpRequest, room: str) -> list[Answer]:
    found = selectors.membership_of(user=user_of(request), slug=room).room
    return [member_dict(membership) for membership in selectors.members_of(room=found)]


@router.put("/rooms/{room}/members/{user}/", response={204: None})
def add_member(request: HttpRequest, room: str, user: str) -> Status[None]:
    """Owners add anyone; anyone adds themselves to a public room. `user`: an id or a name."""
    asking = user_of(request)
    try:
        person = selectors.person(id_or_name=user)
    except NotFound:
        # The room first: who is not in it learns nothing about who exists.
        selectors.membership_of(user=asking, slug=room)
        raise
    if person == asking:
        services.join_room(user=asking, slug=room)
    else:
        services.add_member(by=asking, slug=room, user=person)
    return Status(204, None)


@router.patch("/rooms/{room}/members/{user}/", response=schemas.Member)
def change_one_member(request: HttpRequest, room: str, user: str, body: schemas.MemberChange) -> Answer:
    asking = user_of(request)
    person = known_in(asking, room, user)
    changed = change_member(by=asking, slug=room, user_id=person.pk, role=body.role, mute=body.mute)
    return member_dict(changed)


@router.delete("/rooms/{room}/members/{user}/", response={204: None})
def remove_member(request: HttpRequest, room: str, user: str) -> Status[None]:
    asking = user_of(request)
    services.remove_member(by=asking, slug=room, user_id=known_in(asking, room, user).pk)
    return Status(204, None)


def seen_by(user: User, slug: str) -> Answer:
    return room_dict(selectors.room_of(user=user, slug=slug))


def known_in(asking: User, slug: str, id_or_name: str) -> User:
    """Who is meant, active or not; the room first, for the reason above. Raises NotFound."""
    selectors.membership_of(user=asking, slug=slug)
    return selectors.person(id_or_name=id_or_name, active=False)
