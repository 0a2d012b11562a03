"""The keyboard alone: the switcher, the sheet of keys, from room to room."""

import re

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.rooms import room_of, say

pytestmark = pytest.mark.browser


@pytest.fixture
def rooms(ana: User, berto: User, lobby: Room) -> None:
    for slug, name in (("cafe", "Café de noche"), ("plaza", "Plaza")):
        services.create_room(by=ana, slug=slug, name=name)
        services.join_room(user=berto, slug=slug)


@pytest.fixture
def reader(visit: Visit, berto: User, rooms: None) -> Visitor:
    return visit(berto).enters("lobby")


def switcher(visitor: Visitor) -> Locator:
    visitor.page.keyboard.press("ControlOrMeta+k")
    box = visitor.page.get_by_role("combobox", name="Room or person")
    expect(box).to_be_focused()
    return box


def options(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("option").locator(".name")


def arrives_in(visitor: Visitor, name: str) -> None:
    expect(visitor.page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def test_the_switcher_finds_a_room_whatever_its_accents(reader: Visitor) -> None:
    switcher(reader).press_sequentially("cafe d")
    expect(options(reader)).to_have_text("Café de noche")
    reader.page.keyboard.press("Enter")
    arrives_in(reader, "Café de noche")
    expect(reader.page.locator("#switcher")).to_be_hidden()
    expect(reader.composer).to_be_focused()


def test_the_switcher_begins_with_what_is_new_and_arrows_choose(reader: Visitor, ana: User) -> None:
    say(ana, "plaza", "news")
    expect(reader.page.locator("[data-room=plaza] .count")).to_have_text("1")
    box = switcher(reader)
    expect(options(reader)).to_have_text(["Plaza", "Café de noche", "Lobby"])
    chosen = reader.page.get_by_role("option", selected=True).locator(".name")
    expect(chosen).to_have_text("Plaza")
    box.press("ArrowDown")
    expect(chosen).to_have_text("Café de noche")
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(chosen).to_have_text("Lobby")
    active = box.get_attribute("aria-activedescendant")
    expect(reader.page.locator(f"#{active} .name")).to_have_text("Lobby")
    box.press("ArrowDown")
    box.press("Enter")
    arrives_in(reader, "Plaza")


def test_what_is_typed_in_the_moment_the_switcher_opens_counts(reader: Visitor) -> None:
    reader.page.evaluate(
        """() => {
            const keys = new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true});
            document.activeElement.dispatchEvent(keys);
            const box = document.activeElement;
            box.value = 'pla';
            box.dispatchEvent(new Event('input'));
        }"""
    )
    expect(options(reader)).to_have_text(["Plaza"])
    # And still when the browser has told the dialog that it is open.
    reader.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(options(reader)).to_have_text(["Plaza"])
    expect(reader.page.get_by_role("combobox", name="Room or person")).to_have_value("pla")


def test_escape_leads_back_to_where_one_was(reader: Visitor) -> None:
    reader.composer.fill("half a sentence")
    switcher(reader).fill("pla")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#switcher")).to_be_hidden()
    expect(reader.composer).to_be_focused()
    assert reader.composer.input_value() == "half a sentence"
    expect(switcher(reader)).to_have_value("")


def test_somebody_is_found_and_written_to(reader: Visitor, visit: Visit, ana: User) -> None:
    host = visit(ana).enters("lobby")
    switcher(reader).press_sequentially("an")
    expect(options(reader)).to_have_text("ana")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(re.compile(r"/rooms/(?!lobby/)"))
    arrives_in(reader, "ana")
    reader.is_connected()
    reader.says("just us")
    expect(host.page.locator("#room-lists [data-room]").filter(has_text="berto").locator(".count")).to_have_text("1")


def test_a_name_that_is_nobodys_is_said_to_be(reader: Visitor) -> None:
    switcher(reader).fill("xyzzy")
    reader.sees("Nothing of this name.")
    expect(options(reader)).to_have_count(0)


def test_the_switcher_counts_nothing_in_the_room_that_is_open(reader: Visitor, ana: User) -> None:
    say(ana, "plaza", "@berto, here")
    plaza = reader.page.locator("#room-lists [data-room=plaza]")
    expect(plaza.locator(".count")).to_have_text("@1")
    plaza.click()
    arrives_in(reader, "Plaza")
    switcher(reader)
    expect(reader.page.get_by_role("option", name="Plaza")).to_be_visible()
    expect(reader.page.locator("#switcher .badge:visible")).to_have_count(0)


def test_the_switcher_knows_no_room_of_others(visit: Visit, ana: User, carla: User) -> None:
    room_of(ana, "trastienda", private=True)
    room_of(carla, "hers")
    outsider = visit(carla).enters("hers")
    switcher(outsider).press_sequentially("tras")
    outsider.sees("Nothing of this name.")


def test_the_sheet_of_keys_opens_on_a_question_mark_but_not_while_typing(reader: Visitor) -> None:
    sheet = reader.page.get_by_role("dialog", name="Keys")
    reader.composer.press_sequentially("what?")
    expect(sheet).to_be_hidden()
    assert reader.composer.input_value() == "what?"
    reader.page.locator("#scroller").focus()
    reader.page.keyboard.press("?")
    expect(sheet).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(reader.page.locator("#scroller")).to_be_focused()


def test_the_menu_leads_to_the_sheet_of_keys_too(reader: Visitor) -> None:
    reader.opens_menu()
    reader.presses("Keys")
    sheet = reader.page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()


def test_alt_and_arrows_go_from_room_to_room(reader: Visitor, ana: User) -> None:
    reader.page.keyboard.press("Alt+ArrowDown")
    arrives_in(reader, "Plaza")
    reader.page.keyboard.press("Alt+ArrowDown")
    arrives_in(reader, "Café de noche")
    reader.page.keyboard.press("Alt+ArrowUp")
    arrives_in(reader, "Plaza")
    say(ana, "cafe", "news")
    expect(reader.page.locator("[data-room=cafe] .count")).to_have_text("1")
    reader.page.keyboard.press("Alt+Shift+ArrowUp")
    arrives_in(reader, "Café de noche")
