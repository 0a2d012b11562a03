"""The page on which direct messages begin: people are found by name, chosen one by one, and written to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from chat import selectors
from chat.directs import MAX_OTHERS, open_direct
from chat.errors import BadFrame, RoomsFull, TooMany
from chat.page_errors import chat_errors_as_pages, whose_rooms_are_full
from chat.room_pages import user_of


@login_required
@chat_errors_as_pages
def new_direct(request: HttpRequest) -> HttpResponse:
    """`people`: the ids of who is chosen so far; `q`: the beginning of a name; `to`: a whole one."""
    user = user_of(request)
    if request.method == "POST":
        try:
            room = open_direct(by=user, people=_chosen(request.POST, user))
        except BadFrame:
            messages.error(request, _("Direct messages are between you and %(most)s others at most.") % _MOST)
            return redirect("direct-new")
        except RoomsFull as error:
            messages.error(request, whose_rooms_are_full(error))
            return redirect("direct-new")
        except TooMany:
            messages.error(request, _("Write in the direct messages that you have begun, before you begin others."))
            return redirect("direct-new")
        return redirect("room", room.slug)
    chosen = _chosen(request.GET, user)
    asked = request.GET.get("q", request.GET.get("to", "")).strip()
    found = selectors.people_named(beginning=asked, limit=selectors.PEOPLE + len(chosen) + 1)
    context = {
        "q": asked,
        "chosen": [(person, _without(chosen, person, asked)) for person in chosen],
        "found": [
            (person, _address([*chosen, person], "")) for person in found if person != user and person not in chosen
        ][: selectors.PEOPLE],
        "can_choose": len(chosen) < MAX_OTHERS,
    }
    return render(request, "chat/new_direct.html", context)


_MOST = {"most": MAX_OTHERS}


def _chosen(given: QueryDict, user: User) -> list[User]:
    """Whom the form names and who is active, and not who asks: what else it says leads nowhere."""
    ids = {int(text) for text in given.getlist("people")[: MAX_OTHERS + 1] if selectors.is_id(text)}
    return selectors.active_people(ids=ids - {user.pk})


def _without(chosen: list[User], person: User, asked: str) -> str:
    return _address([other for other in chosen if other != person], asked)


def _address(people: list[User], asked: str) -> str:
    """This page's own query."""
    query = QueryDict(mutable=True)
    query.setlist("people", [str(person.pk) for person in people])
    if asked:
        query["q"] = asked
    return f"?{query.urlencode()}"
