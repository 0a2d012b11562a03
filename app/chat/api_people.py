"""The API's calls about people, and the direct messages with them."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from chat import schemas, selectors
from chat.api_auth import user_of
from chat.directs import open_direct
from chat.presentation import person_dict
from chat.room_view import room_dict

router = Router()

Answer = dict[str, Any]


@router.get("/me/", response=schemas.Person)
def me(request: HttpRequest) -> Answer:
    return person_dict(user_of(request))


@router.get("/people/", response=list[schemas.Person])
def people(request: HttpRequest, asked: Query[schemas.PeopleAsked]) -> list[Answer]:
    return [person_dict(person) for person in selectors.people_named(beginning=asked.q)]


@router.post("/directs/", response={200: schemas.Room})
def open_directs(request: HttpRequest, body: schemas.NewDirect) -> Status[Answer]:
    """The room is there already, or is made: the answer is the same."""
    user = user_of(request)
    room = open_direct(by=user, people=[selectors.person(id_or_name=str(person)) for person in body.people])
    return Status(200, room_dict(selectors.room_of(user=user, slug=room.slug)))
