"""The search in the browser: what is found opens where it was said, and an outsider finds nothing."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat.directs import open_direct
from chat.models import Room
from chat.services import remove_member
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import fill, say

pytestmark = pytest.mark.browser


def looks_for(visitor: Visitor, text: str) -> None:
    box = visitor.page.get_by_role("searchbox")
    box.fill(text)
    box.press("Enter")
    visitor.page.wait_for_url("**/search/?q=*")


def hits(visitor: Visitor) -> list[str]:
    return visitor.page.locator(".hit .said").all_inner_texts()


def test_a_hit_opens_in_its_context(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    fill(lobby, ana, 100, body="before")
    say(berto, "lobby", "Un **café** con leche")
    fill(lobby, ana, 100, body="after")
    visitor = visit(ana).enters("lobby")
    visitor.follows("Search")
    looks_for(visitor, "cafe from:berto")
    assert hits(visitor) == ["Un **café** con leche"]
    expect(visitor.page.locator("mark")).to_have_text("café")
    expect(visitor.page.locator(".hit time")).to_contain_text("Today, ")
    visitor.page.locator(".hit a").click()
    visitor.is_connected()
    expect(visitor.bubble("Un café con leche")).to_be_in_viewport()


def test_what_was_typed_stays_and_what_is_wrong_is_said(visit: Visit, ana: User) -> None:
    visitor = visit(ana)
    visitor.goes_to("/search/")
    looks_for(visitor, "form:ana")
    visitor.forgives("422")
    expect(visitor.page.get_by_role("alert")).to_contain_text("There is no filter “form:”")
    expect(visitor.page.get_by_role("searchbox")).to_have_value("form:ana")


def test_an_outsider_and_who_was_removed_find_nothing(visit: Visit, ana: User, berto: User, carla: User) -> None:
    say(ana, "lobby", "the secret of the lobby")
    direct = open_direct(by=ana, people=[berto])
    say(ana, direct.slug, "the secret between us")
    for user, found in ((carla, []), (berto, ["the secret between us", "the secret of the lobby"])):
        visitor = visit(user)
        visitor.goes_to("/search/")
        looks_for(visitor, "secret")
        assert hits(visitor) == found
    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    looks_for(visitor, "the secret")
    assert hits(visitor) == ["the secret between us"]


def test_without_scripts_it_searches_all_the_same(visit: Visit, ana: User) -> None:
    say(ana, "lobby", "hola")
    visitor = visit(ana)
    visitor.page.route("**/*.js", lambda route: route.abort())
    visitor.goes_to("/search/")
    looks_for(visitor, "hola")
    assert hits(visitor) == ["hola"]
    expect(visitor.page.locator(".hit time")).not_to_be_empty()
    visitor.may_complain("ERR_FAILED")
