"""Every page, as people meet it who see it differently, or not at all: axe finds no violation of WCAG 2.2 AA."""

import pytest

from accounts.models import User
from accounts.services import join_code
from chat.first_run import first_run
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.team import settle_in
from tests.browser.views import VIEWS
from tests.browser.visitor import Visitor
from tests.people import PASSWORD

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "on a phone": {"phone": True},
    "dark on a phone": {"dark": True, "phone": True},
}
# A few at a time: the team settles in once for each test, and a test has a time limit.
PARTS = 4


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_violation(visit: Visit, transactional_db: None, look: str, part: int) -> None:
    team = settle_in()
    visitors: dict[str, Visitor] = {}
    found: list[str] = []
    for view in VIEWS[part::PARTS]:
        if view.by not in visitors:
            user = User.objects.get(username=view.by) if view.by else None
            visitors[view.by] = visit(user, **LOOKS[look])
        visitor = visitors[view.by]
        view.opens(visitor, team)
        found += [f"{view.name}: {line}" for line in violations(visitor)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_pages_of_who_comes_in_have_no_violation(new_site: Site, visit_to: Visit, dark: bool) -> None:
    someone = visit_to(new_site, phone=True, dark=dark)
    someone.goes_to("/first-run/")
    assert violations(someone) == []
    someone.fills_in("Your name", "ana")
    someone.fills_in("Password", "short")
    someone.presses("Open the room")
    someone.sees("This password is too short.")
    assert violations(someone) == []
    someone.forgives("422")
    first_run(name="ana", password=PASSWORD)
    someone.goes_to(f"/join/{join_code()}/")
    assert violations(someone) == []
    someone.goes_to("/sign-in/")
    someone.signs_in("ana", "wrong")
    assert violations(someone) == []


def test_axe_says_which_place_breaks_which_rule(visit: Visit, ana: User) -> None:
    visitor = visit(ana)
    visitor.goes_to("/invite/")
    assert violations(visitor) == []
    picture = '<img src="/static/chat/favicon.svg">'
    visitor.page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', '{picture}')")
    [found] = violations(visitor)
    assert found.startswith("image-alt (")
    assert picture in found
