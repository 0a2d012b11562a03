"""The API of docs/protocol.md, under /api/v1/: put together from its parts, and what its errors look like."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as RequestInvalid

from chat import api_messages, api_people, api_rooms, api_search, api_uploads
from chat.api_auth import BearerAuth, SessionAuth
from chat.api_body import BodyParser
from chat.errors import BadFrame, ChatError, NotFound, TooBig, Unavailable, described
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

# The calls, each in the module of what it is about.
for calls in (api_people, api_rooms, api_messages, api_search, api_uploads):
    api.add_router("", calls.router)


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


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
def on_form_refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """By Django, before it is read to its end."""
    if isinstance(error, RequestDataTooBig):
        return error_response(TooBig())
    return error_response(BadFrame("This form cannot be read: multipart/form-data with one file is wanted."))


@api.exception_handler(RawPostDataException)
def on_form_for_json(request: HttpRequest, error: Exception) -> HttpResponse:
    """A session's CSRF check has looked for the token in the form, and of its bytes nothing is left."""
    return error_response(BadFrame("The body of this call is JSON."))


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
