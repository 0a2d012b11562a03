"""Light, dark, or as the system has it."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LIGHT, DARK = "rgb(248, 243, 238)", "rgb(27, 22, 24)"


def paper(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def chooses(visitor: Visitor, name: str) -> None:
    visitor.opens_menu()
    visitor.page.get_by_role("radio", name=name).check()
    visitor.page.keyboard.press("Escape")


def test_a_page_is_as_the_system_has_it(visit: Visit, ana: User) -> None:
    bright, dim = visit(ana), visit(ana, dark=True)
    for visitor, colour in ((bright, LIGHT), (dim, DARK)):
        visitor.goes_to("/")
        assert paper(visitor) == colour


def test_a_choice_counts_at_once_and_on_every_page_from_its_first_moment(visit: Visit, ana: User) -> None:
    visitor = visit(ana).enters("lobby")
    chooses(visitor, "Dark")
    assert paper(visitor) == DARK
    expect(visitor.page.locator("[name=theme-color]").first).to_have_attribute("content", DARK)
    for path in ("/", "/rooms/lobby/settings/", "/sign-in/"):
        answer = visitor.page.goto(path)
        assert answer is not None
        assert ' data-theme="dark"' in answer.text(), path
        assert paper(visitor) == DARK
    visitor.goes_to("/")
    visitor.opens_menu()
    expect(visitor.page.get_by_role("radio", name="Dark")).to_be_checked()
    visitor.page.keyboard.press("Escape")
    chooses(visitor, "System")
    assert paper(visitor) == LIGHT
    visitor.goes_to("/")
    assert visitor.page.locator("html").get_attribute("data-theme") is None


def test_light_may_be_chosen_where_the_system_is_dark(visit: Visit, ana: User) -> None:
    visitor = visit(ana, dark=True)
    visitor.goes_to("/")
    chooses(visitor, "Light")
    assert paper(visitor) == LIGHT


def test_a_cookie_of_anybodys_making_is_no_theme(visit: Visit, ana: User) -> None:
    visitor = visit(ana)
    visitor.context.add_cookies([{"name": "theme", "value": "pink", "url": visitor.url}])
    visitor.goes_to("/")
    assert visitor.page.locator("html").get_attribute("data-theme") is None
