"""The API of docs/protocol.md, under /api/v1/."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Status
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as RequestInvalid

from accounts.models import User
from chat import schemas, selectors, services
from chat.api_auth import BearerAuth, SessionAuth
from chat.api_body import BodyParser
from chat.errors import BadFrame, ChatError, NotFound, Unavailable, described
from chat.events import frame_of
from chat.presentation import member_dict, page_dict, person_dict, room_dict
from realtime.database import DATABASE_GONE

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Tertulia",
    version="1",
    openapi_url="/openapi.json",
    docs_url=None,  # its page asks an external host
    parser=BodyParser(),
    auth=[BearerAuth(), SessionAuth()],
)

Answer = dict[str, Any]


def user_of(request: HttpRequest) -> User:
    """Who the authentication found."""
    user: User = request.auth  # type: ignore[attr-defined]
    return user


# --- errors ------------------------------------------------------------------------------------------------------


def error_response(error: ChatError) -> HttpResponse:
    """The same shape as an error in the plain form of the sockets."""
    response = JsonResponse({"error": {"code": error.code, "message": error.message}}, status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(int(error.retry_after))
    return response


@api.exception_handler(ChatError)
def on_chat_error(request: HttpRequest, error: ChatError) -> HttpResponse:
    return error_response(error)


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return error_response(BadFrame(described(error)))


@api.exception_handler(RequestInvalid)
def on_request_invalid(request: HttpRequest, error: RequestInvalid) -> HttpResponse:
    found = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors)
    return error_response(BadFrame(found))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    # A 403 is django-ninja's own: a session without its CSRF token.
    code = "forbidden" if error.status_code == 403 else "bad_frame"
    return JsonResponse({"error": {"code": code, "message": str(error)}}, status=error.status_code)


@api.exception_handler(AuthenticationError)
def on_not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = "Sign in, or send a token that is good: Authorization: Bearer <token>."
    return JsonResponse({"error": {"code": "not_signed_in", "message": message}}, status=401)


def on_database_gone(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    logger.warning("the database did not answer", extra={"error": str(error)})
    return error_response(Unavailable())


for gone in DATABASE_GONE:
    api.add_exception_handler(gone, on_database_gone)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Whatever under /api/ is none of the calls."""
    return error_response(NotFound("The API has no such address. All but openapi.json end with a slash."))


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    message = f"{request.method} is not for this address. Allowed: {allowed}."
    answer = {"error": {"code": "method_not_allowed", "message": message}}
    return JsonResponse(answer, status=405, headers={"Allow": allowed})


def refusals_as_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """django-ninja answers these two itself, past the handlers above."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return no_such_address(request)
        if isinstance(response, HttpResponseNotAllowed):
            return method_not_allowed(request, response.headers["Allow"])
        return response

    return csrf_exempt(answered)


def api_urls() -> Any:
    """The addresses of the calls, for path()."""
    found = api.urls
    for pattern in found[0]:
        if pattern.callback is not None:
            pattern.callback = refusals_as_json(pattern.callback)
    return found


# --- me and my rooms ---------------------------------------------------------------------------------------------


@api.get("/me/", response=schemas.Person)
def me(request: HttpRequest) -> Answer:
    return person_dict(user_of(request))


@api.get("/rooms/", response=list[schemas.Room])
def my_rooms(request: HttpRequest) -> list[Answer]:
    return [room_dict(room) for room in selectors.rooms_of(user=user_of(request))]


@api.post("/rooms/", response={201: schemas.Room})
def new_room(request: HttpRequest, body: schemas.NewRoom) -> Status[Answer]:
    user = user_of(request)
    room = services.create_room(by=user, slug=body.slug, name=body.name, topic=body.topic, private=body.private)
    return Status(201, room_dict(room))


@api.get("/rooms/{room}/", response=schemas.Room)
def one_room(request: HttpRequest, room: str) -> Answer:
    return room_dict(selectors.room_of(user=user_of(request), slug=room))


@api.patch("/rooms/{room}/", response=schemas.Room)
def rename_room(request: HttpRequest, room: str, body: schemas.RoomChange) -> Answer:
    user = user_of(request)
    services.rename_room(by=user, slug=room, name=body.name, topic=body.topic)
    return room_dict(selectors.room_of(user=user, slug=room))


@api.delete("/rooms/{room}/", response={204: None})
def delete_room(request: HttpRequest, room: str) -> Status[None]:
    services.delete_room(by=user_of(request), slug=room)
    return Status(204, None)


# --- who is in it ------------------------------------------------------------------------------------------------


@api.get("/rooms/{room}/members/", response=list[schemas.Member])
def members(request: HttpRequest, room: str) -> list[Answer]:
    found = selectors.membership_of(user=user_of(request), slug=room).room
    return [member_dict(membership) for membership in selectors.members_of(room=found)]


@api.put("/rooms/{room}/members/{user}/", response={204: None})
def add_member(request: HttpRequest, room: str, user: str) -> Status[None]:
    """Owners add anyone; anyone adds themselves to a public room. `user`: an id or a name."""
    asking = user_of(request)
    if user in {str(asking.pk), asking.username}:
        services.join_room(user=asking, slug=room)
    else:
        # The room first: who is not in it learns nothing about who exists.
        selectors.membership_of(user=asking, slug=room)
        services.add_member(by=asking, slug=room, user=selectors.person(id_or_name=user))
    return Status(204, None)


@api.delete("/rooms/{room}/members/{user}/", response={204: None})
def remove_member(request: HttpRequest, room: str, user: str) -> Status[None]:
    asking = user_of(request)
    selectors.membership_of(user=asking, slug=room)
    services.remove_member(by=asking, slug=room, user_id=selectors.person(id_or_name=user, active=False).pk)
    return Status(204, None)


# --- what is said ------------------------------------------------------------------------------------------------


@api.get("/rooms/{room}/messages/", response=schemas.MessagePage)
def messages(request: HttpRequest, room: str, page: Query[schemas.PageOfMessages]) -> Answer:
    found = selectors.membership_of(user=user_of(request), slug=room).room
    return page_dict(selectors.message_page(room=found, before=page.before, limit=page.limit))


@api.post("/rooms/{room}/messages/", response=schemas.Ack)
def post_message(request: HttpRequest, room: str, body: schemas.NewMessage) -> Answer:
    posted = services.post_message(
        by=user_of(request), slug=room, client_id=body.client_id, body=body.body, reply_to=body.reply_to
    )
    return {"room": room, "client_id": body.client_id, "seq": posted.seq, "duplicate": posted.duplicate}


@api.get("/rooms/{room}/events/", response=schemas.EventPage)
def events(request: HttpRequest, room: str, page: Query[schemas.PageOfEvents]) -> Answer:
    found = selectors.membership_of(user=user_of(request), slug=room).room
    log = selectors.event_page(room=found, since=page.since, limit=page.limit)
    return {"seq": found.seq, "events": [msgspec.to_builtins(frame_of(event)) for event in log]}
