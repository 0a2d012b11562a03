"""The pages that there are, and what can be open on them: what axe looks at, and what is photographed.

A page that is new is one entry in VIEWS; those with `main` are the ones that `./run screenshots` takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import expect

from tests.browser.team import Team
from tests.browser.visitor import Visitor

Step = Callable[[Visitor, Team], None]


@dataclass(frozen=True, slots=True)
class View:
    """One thing to look at. `path`: with {direct} and {thread} of the team. `by`: who looks; nobody is signed in by ''.

    `then`: what is done on the page first.
    """

    name: str
    path: str
    by: str = "ana"
    status: int = 200
    then: Step | None = None
    main: bool = False

    def opens(self, visitor: Visitor, team: Team) -> None:
        path = self.path.format(direct=team.direct, thread=team.thread)
        assert visitor.goes_to(path) == self.status, path
        if self.status != 200:
            visitor.forgives(f"status of {self.status}")
        if path.startswith("/rooms/") and path.count("/") == 3:
            visitor.is_connected()
        if self.then is not None:
            self.then(visitor, team)
        visitor.waits_until(lambda: visitor.page.evaluate("[...document.images].every((image) => image.complete)"))


# --- what is done first ---


def keys(pressed: str, shown: str) -> Step:
    def press(visitor: Visitor, _team: Team) -> None:
        visitor.page.locator("#scroller").focus()
        visitor.page.keyboard.press(pressed)
        expect(visitor.page.locator(shown)).to_be_visible()

    return press


def press(opener: str, shown: str) -> Step:
    """By selectors, since what it is called depends on the language."""

    def open_it(visitor: Visitor, _team: Team) -> None:
        visitor.page.locator(opener).filter(visible=True).first.click()
        expect(visitor.page.locator(shown)).to_be_visible()

    return open_it


def sidebar_or_help(visitor: Visitor, team: Team) -> None:
    """On a phone the list of rooms lies behind a button; at a desk it is there, and the sheet of keys is shown."""
    narrow = visitor.page.locator(".opens-rooms").is_visible()
    (press(".opens-rooms", "#rooms") if narrow else keys("?", "#help"))(visitor, team)


def types_in_the_switcher(visitor: Visitor, team: Team) -> None:
    keys("ControlOrMeta+k", "#switcher")(visitor, team)
    visitor.page.keyboard.type("e")
    expect(visitor.page.locator("#switcher-list [role=option]").first).to_be_visible()


def opens_the_tools(visitor: Visitor, team: Team) -> None:
    visitor.page.locator("#scroller").focus()
    visitor.page.keyboard.press("ArrowUp")


def names_somebody(visitor: Visitor, _team: Team) -> None:
    visitor.composer.fill("@d")
    expect(visitor.page.locator("#mentions [role=option]").first).to_be_visible()


def writes(text: str) -> Step:
    def write(visitor: Visitor, _team: Team) -> None:
        visitor.composer.fill(text)

    return write


def refused(template: str) -> Step:
    """In the place of the page that is open: DEBUG shows Django's own instead of ours."""

    def put(visitor: Visitor, _team: Team) -> None:
        html = render_to_string(template, request=RequestFactory().get("/"))
        visitor.page.route("**/nowhere/", lambda route: route.fulfill(body=html, content_type="text/html"))
        visitor.goes_to("/nowhere/")

    return put


VIEWS = [
    View("sign-in", "/sign-in/", by="", main=True),
    View("room", "/rooms/lobby/", main=True),
    View("thread", "/rooms/fair/", main=True),
    View("search", "/search/?q=in:lobby+ca", main=True),
    View("rooms", "/", main=True),
    View("direct", "/rooms/{direct}/", main=True),
    View("room-settings", "/rooms/fair/settings/", main=True),
    View("account", "/account/", main=True),
    View("switcher", "/rooms/fair/", then=types_in_the_switcher, main=True),
    View("sidebar-or-keys", "/rooms/lobby/", then=sidebar_or_help, main=True),
    View("code", "/rooms/web/"),
    View("message", "/rooms/fair/?at={thread}"),
    View("tools", "/rooms/fair/", then=opens_the_tools),
    View("too-long", "/rooms/lobby/", then=writes("x" * 4001)),
    View("mention", "/rooms/lobby/", then=names_somebody),
    View("account-menu", "/rooms/lobby/", by="berto", then=sidebar_or_help),
    View("room-menu", "/rooms/lobby/", then=press("[popovertarget=room-menu]", "#room-menu")),
    View("archived-room", "/rooms/summer/"),
    View("empty-room", "/rooms/suppliers/"),
    View("room-settings-of-a-member", "/rooms/fair/settings/", by="berto"),
    View("room-log", "/rooms/fair/log/"),
    View("new-room", "/new-room/"),
    View("new-direct", "/directs/new/"),
    View("new-direct-found", "/directs/new/?q=e"),
    View("search-empty", "/search/"),
    View("search-nothing", "/search/?q=zzzz"),
    View("search-wrong", "/search/?q=form:ana", status=422),
    View("profile", "/people/elena/"),
    View("profile-without-picture", "/people/berto/"),
    View("password", "/account/password/"),
    View("invite", "/invite/"),
    View("lab", "/lab/"),
    View("rooms-of-a-newcomer", "/", by="carla"),
    View("not-found", "/sign-in/", by="", then=refused("404.html")),
    View("forbidden", "/sign-in/", by="", then=refused("403.html")),
    View("no-csrf", "/sign-in/", by="", then=refused("403_csrf.html")),
    View("broken", "/sign-in/", by="", then=refused("500.html")),
]
MAIN_VIEWS = [view for view in VIEWS if view.main]
