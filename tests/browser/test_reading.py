"""How a conversation is read: by day and by author, by ear, and without anything that moves."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat.models import Event, Room
from chat.services import mark_read
from tests.browser.conftest import Visit
from tests.browser.team import at
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say, seqs

pytestmark = pytest.mark.browser

# Noon, and in another year: the same day, by the same name, wherever and whenever this runs.
MONDAY = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)

# What an element would do when it opens or changes, and how the page scrolls.
MOVING = """
    () => [...document.querySelectorAll('*')].flatMap((element) => {
        const style = getComputedStyle(element);
        const takes = (durations) => durations.split(', ').some((one) => parseFloat(one) > 0);
        const moves = [
            style.animationName !== 'none' && takes(style.animationDuration) && 'animation',
            takes(style.transitionDuration) && 'transition',
            style.scrollBehavior !== 'auto' && 'scroll',
        ];
        const name = element.id ? `#${element.id}` : element.className || element.tagName;
        return moves.filter(Boolean).map((how) => `${how} ${name}`);
    })
"""

LISTEN = """
    () => {
        self.spoken = [];
        const region = document.querySelector('#spoken');
        new MutationObserver(() => region.textContent && self.spoken.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
    }
"""


def lines(visitor: Visitor) -> list[str]:
    """What stands in the list, from above: days, who speaks where that is shown, and what was said."""
    found: list[str] = visitor.page.locator("#messages").evaluate(
        """list => [...list.children].flatMap((row) => {
            if (row.matches('.line')) return row.matches('.day') ? [`— ${row.innerText} —`] : [];
            const said = row.querySelector('.body').innerText.trim();
            return row.querySelector('.first') ? [`${row.querySelector('.author').textContent}:`, said] : [said];
        })"""
    )
    return found


def spoken(visitor: Visitor) -> list[str]:
    found: list[str] = visitor.page.evaluate("self.spoken")
    return found


def test_days_are_parted_and_what_one_says_stands_together(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    Event.objects.update(at=MONDAY)
    said = [
        (MONDAY, ana, "one"),
        (MONDAY + timedelta(minutes=5), ana, "two"),
        (MONDAY + timedelta(minutes=6), berto, "three"),
        (TUESDAY, berto, "four"),
        (TUESDAY + timedelta(minutes=6), berto, "five"),
    ]
    for moment, by, body in said:
        with at(moment):
            say(by, "lobby", body)
    for user in (ana, berto):
        mark_read(by=user, slug="lobby", seq=seqs(lobby)[-1])
    before = [
        "— 10 March 2025 —", "ana:", "one", "two", "berto:", "three",
        "— 11 March 2025 —", "berto:", "four", "berto:", "five",
    ]  # fmt: skip
    writer, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    for visitor in (writer, reader):
        assert lines(visitor) == before
    writer.says("six")
    writer.says("seven")
    for visitor in (writer, reader):
        visitor.hears("seven")
        assert lines(visitor) == [*before, "— Today —", "ana:", "six", "seven"]


def test_what_another_says_is_read_out_and_not_ones_own(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    room_of(carla, "hers")
    first, second, outsider = visit(ana).enters("lobby"), visit(berto).enters("lobby"), visit(carla).enters("hers")
    for visitor in (first, second, outsider):
        expect(visitor.page.locator("#spoken")).to_have_attribute("aria-live", "polite")
        visitor.page.evaluate(LISTEN)
    first.says("hello")
    second.hears("hello")
    second.says("hi")
    first.waits_until(lambda: spoken(first) == ["berto says: hi"])
    second.waits_until(lambda: spoken(second) == ["ana says: hello"])
    outsider.says("all quiet")
    outsider.hears("all quiet")
    assert spoken(outsider) == []


def moving_parts(visitor: Visitor) -> list[str]:
    """Of the page with a menu open, then with a dialog."""
    visitor.opens_menu()
    expect(visitor.page.locator("#account-menu")).to_be_visible()
    found: list[str] = visitor.page.evaluate(MOVING)
    visitor.presses("Keys")
    expect(visitor.page.locator("#help")).to_be_visible()
    found += visitor.page.evaluate(MOVING)
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("#help")).to_be_hidden()
    return found


def test_nothing_moves_for_who_wants_it_so(visit: Visit, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "hello")
    reader = visit(ana).enters("lobby")
    reader.page.emulate_media(reduced_motion="no-preference")
    moving = moving_parts(reader)
    assert {"animation #account-menu", "animation #help", "transition #newest", "transition bubble"} <= set(moving)
    reader.page.emulate_media(reduced_motion="reduce")
    assert moving_parts(reader) == []
