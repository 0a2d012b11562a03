"""What a page answers where a service or a selector refuses."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from chat.errors import Forbidden, NotFound, TooMany

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def chat_errors_as_pages(view: "View[P]") -> "View[P]":
    """Not found is a 404, forbidden or too many a 403."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except (Forbidden, TooMany) as error:
            raise PermissionDenied from error

    return answered
