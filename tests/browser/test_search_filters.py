"""The search narrowed to a room and to what was said before a day: for the members of the room, and for nobody else."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.team import at
from tests.browser.test_search import hits
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say

pytestmark = pytest.mark.browser

# A noon, so that its day is the same one in most time zones.
LONG_AGO = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)

# What berto finds, newest first.
FOUND = {
    "cake": ["cake in the plaza", "cake in the lobby", "old cake in the plaza", "old cake in the lobby"],
    "cake in:plaza": ["cake in the plaza", "old cake in the plaza"],
    "cake before:2025-03-11": ["old cake in the plaza", "old cake in the lobby"],
    "cake before:2025-03-11 in:plaza": ["old cake in the plaza"],
    "in:plaza before:2025-03-10": [],
}


def looks_for(visitor: Visitor, text: str) -> None:
    """On the page of the search; waits for the next one."""
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("searchbox").fill(text)
        visitor.page.get_by_role("searchbox").press("Enter")
    expect(visitor.page).to_have_title(f"Search: {text} · Tertulia")


def test_filters_narrow_what_a_member_finds_and_show_an_outsider_nothing(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    room_of(ana, "plaza", private=True)
    services.add_member(by=ana, slug="plaza", user=berto)
    with at(LONG_AGO):
        say(ana, "lobby", "old cake in the lobby")
        say(ana, "plaza", "old cake in the plaza")
    say(ana, "lobby", "cake in the lobby")
    say(ana, "plaza", "cake in the plaza")
    member, outsider = visit(berto), visit(carla)
    for visitor in (member, outsider):
        visitor.goes_to("/search/")
    for query, found in FOUND.items():
        looks_for(member, query)
        assert hits(member) == found
        looks_for(outsider, query)
        assert hits(outsider) == []
        if "in:" in query:
            # As of a room that does not exist.
            outsider.sees("You are in no room with the address “plaza”.")
            outsider.forgives("422")
        else:
            outsider.sees("Nothing found")
