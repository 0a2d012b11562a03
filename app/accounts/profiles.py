"""What everyone here can see of somebody: the profile and the picture."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.selectors import person_called, picture_of
from accounts.signed_in import person_or_program

# Its address changes with the picture, so that it need not be asked for again; not by a cache that others share.
KEPT_FOR_EVER = "private, max-age=31536000, immutable"


@require_safe
@login_required
def person(request: HttpRequest, name: str) -> HttpResponse:
    """Of anyone with an account: people, programs, and who is not here any more."""
    found = person_called(name)
    if found is None:
        raise Http404
    return render(request, "accounts/person.html", {"person": found})


@require_safe
def picture(request: HttpRequest, user_id: int, version: str, *, large: bool) -> HttpResponse:
    """For people and programs. An address that a page still holds leads to the present picture."""
    if person_or_program(request) is None:
        raise Http404
    found = picture_of(user_id)
    if found is None:
        raise Http404
    if found.user.picture_version != version:
        return redirect("large-picture" if large else "picture", user_id, found.user.picture_version)
    response = HttpResponse(bytes(found.large if large else found.small), content_type="image/webp")
    response.headers["Cache-Control"] = KEPT_FOR_EVER
    return response
