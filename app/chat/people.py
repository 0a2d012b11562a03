"""Pages on which people come in: the first run, the join link."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.selectors import is_join_code, is_set_up
from accounts.services import AlreadySetUp, join_code, renew_join_link
from chat.first_run import first_run
from chat.forms import FirstRunForm, NewPersonForm
from chat.joining import enter_lobby, join_by_link, open_lobby
from chat.models import Membership
from chat.page_errors import chat_errors_as_pages
from chat.services import LOBBY

# Named, since more than one backend would leave open which of them signed in.
BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters("password")
def first_run_page(request: HttpRequest) -> HttpResponse:
    """One form; whoever sends it first is the administrator, and signed in to the lobby."""
    if is_set_up():
        return redirect("rooms")
    form = FirstRunForm(request.POST or None)
    if form.is_valid():
        try:
            administrator = first_run(**form.cleaned_data)
        except AlreadySetUp:
            return redirect("sign-in")
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            login(request, administrator, backend=BACKEND)
            return redirect("room", LOBBY)
    return render(request, "accounts/first_run.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@chat_errors_as_pages
def join_page(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever has the link makes an account; whoever has one already goes to the lobby, at first by a button."""
    if not is_join_code(code):
        raise Http404
    if isinstance(request.user, User):
        return _join_as(request, request.user)
    form = NewPersonForm(request.POST or None)
    if form.is_valid():
        try:
            user = join_by_link(**form.cleaned_data)
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            login(request, user, backend=BACKEND)
            return _to_lobby(user)
    room = open_lobby()
    return render(request, "accounts/join.html", {"form": form, "room": room}, status=422 if form.errors else 200)


def _join_as(request: HttpRequest, user: User) -> HttpResponse:
    """For who has an account. To open an address changes nothing: others can make a browser do that."""
    if request.method == "POST":
        enter_lobby(user=user)
    else:
        room = open_lobby()
        if room is not None and not room.memberships.filter(user=user).exists():
            return render(request, "accounts/join.html", {"room": room})
    return _to_lobby(user)


def _to_lobby(user: User) -> HttpResponse:
    """Who is not in it, since it is gone or private, begins with what rooms there are."""
    if Membership.objects.filter(room__slug=LOBBY, user=user).exists():
        return redirect("room", LOBBY)
    return redirect("rooms")


@login_required
def invite(request: HttpRequest) -> HttpResponse:
    """The join link, for the administrator to hand on."""
    administrators_only(request)
    link = request.build_absolute_uri(reverse("join", args=[join_code()]))
    return render(request, "accounts/invite.html", {"link": link})


@require_POST
@login_required
def renew_invite(request: HttpRequest) -> HttpResponse:
    administrators_only(request)
    renew_join_link()
    return redirect("invite")


def administrators_only(request: HttpRequest) -> None:
    if not (isinstance(request.user, User) and request.user.is_staff):
        raise PermissionDenied
