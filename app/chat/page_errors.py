"""What a page answers where a service or a selector refuses."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from chat.errors import Forbidden, NotFound, RoomsFull, TooMany

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def chat_errors_as_pages(view: "View[P]") -> "View[P]":
    """Not found is a 404, forbidden or too many a 403; whose rooms are full is told so among them."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except RoomsFull as error:
            messages.error(request, whose_rooms_are_full(error))
            return redirect("rooms")
        except (Forbidden, TooMany) as error:
            raise PermissionDenied from error

    return answered


def whose_rooms_are_full(error: RoomsFull) -> str:
    """Of others not more than that it is they: how many rooms they are in is their own affair."""
    if error.name is None:
        return _("You are in as many rooms as one can look after. Leave one first.")
    return _("%(name)s cannot be added to more rooms.") % {"name": error.name}
