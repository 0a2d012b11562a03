"""What can be done with a message: answered, changed, deleted, reacted to, linked to; by whom, and with what."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from chat import services
from chat.editing import delete_message, edit_message
from chat.models import Membership, Message, Reaction, Room
from chat.reactions import react
from chat.roles import change_member
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import browser_of
from tests.rooms import say

pytestmark = pytest.mark.browser


def tool(visitor: Visitor, text: str, name: str) -> Locator:
    """A tool of the message, which the pointer goes to."""
    visitor.bubble(text).hover()
    return visitor.bubble(text).locator(".tools").get_by_role("button", name=name, exact=True)


def tools(visitor: Visitor, text: str) -> list[str]:
    """What is offered to who comes to the message."""
    visitor.page.mouse.move(0, 0)
    visitor.bubble(text).hover()
    return [name.strip() for name in visitor.bubble(text).locator(".tool:visible").all_inner_texts()]


def reactions(visitor: Visitor, text: str) -> list[str]:
    return [" ".join(chip.split()) for chip in visitor.bubble(text).locator(".reaction").all_inner_texts()]


def standing(body: str) -> Message:
    return Message.objects.get(body=body)


# --- editing ---


def test_an_edit_is_shown_to_both_with_its_mark_and_nothing_else_moves(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "helo")
    say(berto, "lobby", "below")
    writer, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    tool(writer, "helo", "Edit").click()
    expect(writer.composer).to_have_value("helo")
    expect(writer.composer).to_be_focused()
    writer.says("hello **all**")
    for visitor in (writer, reader):
        visitor.hears("hello all")
        expect(visitor.bubble("hello all").locator(".edited")).to_be_visible()
        assert visitor.texts() == ["hello all", "below"]
    expect(writer.composer).to_have_value("")
    assert standing("hello **all**").edited_at is not None


def test_escape_leaves_off_an_edit_and_gives_back_what_was_begun(visit: Visit, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "said")
    writer = visit(ana).enters("lobby")
    writer.composer.fill("begun")
    tool(writer, "said", "Edit").click()
    writer.composer.fill("changed")
    writer.composer.press("Escape")
    expect(writer.composer).to_have_value("begun")
    assert not writer.page.locator(".mode").is_visible()
    writer.says("begun")
    writer.hears("begun")
    assert writer.texts() == ["said", "begun"]


def test_arrow_up_in_an_empty_box_changes_what_was_said_last(visit: Visit, ana: User, berto: User) -> None:
    for by, body in ((ana, "one"), (ana, "two"), (berto, "three")):
        say(by, "lobby", body)
    writer = visit(ana).enters("lobby")
    writer.composer.press("ArrowUp")
    expect(writer.composer).to_have_value("two")
    writer.says("twice")
    writer.hears("twice")
    assert writer.texts() == ["one", "twice", "three"]


def test_an_edit_that_is_refused_says_so_and_can_be_tried_again_or_given_up(
    visit: Visit, ana: User, berto: User
) -> None:
    say(berto, "lobby", "said")
    writer = visit(berto).enters("lobby")
    tool(writer, "said", "Edit").click()
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=3600)
    expect(writer.composer).to_be_hidden()
    writer.page.evaluate("document.querySelector('#content').classList.remove('read-only')")
    writer.says("changed")
    expect(writer.bubble("changed")).to_have_attribute("data-state", "failed")
    writer.sees("Not changed: you may not write here.")
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=0)
    writer.presses("Try again")
    writer.hears("changed")
    assert standing("changed").author == berto


# --- deleting ---


def test_deleting_asks_once_and_leaves_the_place_of_the_message(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "regretted")
    writer, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    tool(writer, "regretted", "Delete").click()
    writer.presses("Cancel")
    writer.hears("regretted")
    tool(writer, "regretted", "Delete").click()
    writer.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for visitor in (writer, reader):
        visitor.sees("This message was deleted.")
        assert visitor.texts() == ["This message was deleted."]
        assert "regretted" not in visitor.page.locator(".messages").inner_html()


def test_who_looks_after_a_room_deletes_what_others_said_and_members_do_not(
    visit: Visit, ana: User, berto: User, bot: User
) -> None:
    say(bot, "lobby", "rude")
    member, owner = visit(berto).enters("lobby"), visit(ana).enters("lobby")
    assert tools(member, "rude") == ["React", "Reply", "Copy the link"]
    assert tools(owner, "rude") == ["React", "Reply", "Copy the link", "Delete"]
    change_member(by=ana, slug="lobby", user_id=berto.pk, role=Membership.Role.MODERATOR)
    member.waits_until(lambda: "Delete" in tools(member, "rude"))
    tool(member, "rude", "Delete").click()
    member.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    owner.waits_until(lambda: owner.texts() == ["This message was deleted."])


def test_a_deleted_message_offers_nothing(visit: Visit, ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "gone")
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq)
    reader = visit(ana).enters("lobby")
    reader.bubble("This message was deleted.").hover()
    assert reader.page.locator(".tools").count() == 0


def test_what_a_message_offered_goes_when_somebody_else_deletes_it(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    seq = say(berto, "lobby", "gone")
    reader = visit(berto).enters("lobby")
    assert "Reply" in tools(reader, "gone")
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq)
    reader.hears("This message was deleted.")
    expect(reader.page.locator(".tool:visible")).to_have_count(0)


def test_the_keyboard_stays_with_what_one_deletes(visit: Visit, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "gone")
    writer = visit(ana).enters("lobby")
    tool(writer, "gone", "Delete").click()
    writer.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    writer.hears("This message was deleted.")
    expect(writer.bubble("This message was deleted.")).to_be_focused()


def test_an_edit_of_what_is_deleted_meanwhile_says_so(visit: Visit, ana: User, berto: User) -> None:
    seq = say(berto, "lobby", "said")
    writer = visit(berto).enters("lobby")
    tool(writer, "said", "Edit").click()
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq)
    writer.hears("This message was deleted.")
    writer.says("said better")
    writer.sees("Not changed: the message was deleted.")
    writer.presses("Discard")
    writer.hears("This message was deleted.")


# --- reactions ---


def test_a_reaction_is_counted_for_both_and_taken_back(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "cake?")
    first, second = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    tool(first, "cake?", "React").click()
    first.presses("🎉")
    second.waits_until(lambda: reactions(second, "cake?") == ["🎉 1"])
    chip = second.bubble("cake?").locator(".reaction")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    first.waits_until(lambda: reactions(first, "cake?") == ["🎉 2"])
    expect(first.bubble("cake?").locator(".reaction")).to_have_attribute("title", "ana, berto")
    chip.click()
    first.waits_until(lambda: reactions(first, "cake?") == ["🎉 1"])
    assert Reaction.objects.count() == 1


def test_any_emoji_can_be_typed(visit: Visit, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "cake?")
    reader = visit(ana).enters("lobby")
    tool(reader, "cake?", "React").click()
    reader.page.get_by_label("Another emoji").fill("🦆")
    reader.page.get_by_label("Another emoji").press("Enter")
    reader.waits_until(lambda: reactions(reader, "cake?") == ["🦆 1"])
    reader.waits_until(lambda: Reaction.objects.filter(emoji="🦆").exists())
    expect(reader.bubble("cake?")).to_be_focused()


def test_what_is_no_emoji_is_refused_and_can_be_discarded(visit: Visit, ana: User, lobby: Room) -> None:
    say(ana, "lobby", "cake?")
    reader = visit(ana).enters("lobby")
    tool(reader, "cake?", "React").click()
    reader.page.get_by_label("Another emoji").fill("yes")
    reader.page.get_by_label("Another emoji").press("Enter")
    reader.sees("No reaction: the server refused it.")
    reader.presses("Discard")
    assert reactions(reader, "cake?") == []
    assert not reader.page.locator(".trouble").is_visible()


def test_the_keyboard_stays_where_a_reaction_is_taken_back(visit: Visit, ana: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "cake?")
    react(by=ana, slug="lobby", client_id=uuid4(), seq=seq, emoji="🎉", on=True)
    reader = visit(ana).enters("lobby")
    reader.bubble("cake?").locator(".reaction").focus()
    reader.page.keyboard.press("Enter")
    reader.waits_until(lambda: reactions(reader, "cake?") == [])
    expect(reader.bubble("cake?")).to_be_focused()


# --- replies ---


def test_a_reply_shows_what_it_answers_and_leads_there(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "shall we?\nsecond line")
    writer, reader = visit(berto).enters("lobby"), visit(ana).enters("lobby")
    tool(writer, "shall we?\nsecond line", "Reply").click()
    writer.sees("Reply to ana: shall we?")
    writer.says("yes")
    quote = reader.bubble("yes").locator(".quote")
    expect(quote).to_have_text("ana shall we?")
    assert not writer.page.locator(".mode").is_visible()
    quote.click()
    expect(reader.bubble("shall we?\nsecond line")).to_be_focused()
    assert Message.objects.get(body="yes").reply_to == Message.objects.get(body__startswith="shall").seq


def test_a_quote_follows_its_message(visit: Visit, ana: User, berto: User) -> None:
    seq = say(ana, "lobby", "shall we?")
    services.post_message(by=berto, slug="lobby", client_id=uuid4(), body="yes", reply_to=seq)
    reader = visit(berto).enters("lobby")
    quote = reader.bubble("yes").locator(".quote")
    expect(quote).to_have_text("ana shall we?")
    edit_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq, body="shan't we?")
    expect(quote).to_have_text("ana shan't we?")
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=seq)
    expect(quote).to_have_text("ana This message was deleted.")


def test_escape_leaves_off_a_reply_and_keeps_the_text(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "shall we?")
    writer = visit(berto).enters("lobby")
    tool(writer, "shall we?", "Reply").click()
    writer.composer.fill("no answer")
    writer.composer.press("Escape")
    writer.says("no answer")
    writer.hears("no answer")
    assert Message.objects.get(body="no answer").reply_to is None


def test_a_reaction_leaves_what_somebody_marked_to_copy(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    seq = say(ana, "lobby", "the code is 4711")
    reader = visit(berto).enters("lobby")
    reader.bubble("the code is 4711").locator(".body").evaluate("body => getSelection().selectAllChildren(body)")
    react(by=ana, slug="lobby", client_id=uuid4(), seq=seq, emoji="🎉", on=True)
    expect(reader.bubble("the code is 4711").locator(".reaction")).to_be_visible()
    assert reader.page.evaluate("getSelection().toString().trim()") == "the code is 4711"


# --- mentions ---


def test_an_at_offers_names_and_who_is_named_sees_it(visit: Visit, ana: User, berto: User, bot: User) -> None:
    writer, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    writer.composer.press_sequentially("hi @b")
    options = writer.page.get_by_role("option")
    expect(options).to_have_text(["berto", "bot"])
    writer.composer.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(writer.composer).to_have_attribute("aria-activedescendant", "mention-1")
    writer.composer.press("ArrowUp")
    writer.composer.press("Enter")
    expect(writer.composer).to_have_value("hi @berto ")
    expect(options).to_have_count(0)
    writer.composer.press("Enter")
    reader.hears("hi @berto")
    expect(reader.bubble("hi @berto").locator(".mention.own")).to_have_text("@berto")
    writer.hears("hi @berto")
    expect(writer.page.locator(".mention")).to_have_count(1)
    assert writer.page.locator(".mention.own").count() == 0


def test_escape_closes_the_names_and_tab_takes_one(visit: Visit, ana: User, berto: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.composer.press_sequentially("@ber")
    expect(writer.page.get_by_role("option")).to_have_text(["berto"])
    writer.composer.press("Escape")
    expect(writer.page.get_by_role("option")).to_have_count(0)
    expect(writer.composer).to_have_value("@ber")
    writer.composer.press_sequentially("t")
    expect(writer.page.get_by_role("option")).to_have_text(["berto"])
    writer.composer.press("Tab")
    expect(writer.composer).to_have_value("@berto ")
    expect(writer.composer).to_be_focused()


def test_who_is_not_in_the_room_is_not_offered(visit: Visit, ana: User, carla: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.composer.press_sequentially("@a")
    expect(writer.page.get_by_role("option")).to_have_text(["ana"])
    writer.composer.fill("")
    writer.composer.press_sequentially("@c")
    expect(writer.page.get_by_role("option")).to_have_count(0)
    services.add_member(by=ana, slug="lobby", user=carla)
    writer.sees("carla joined")
    writer.composer.press_sequentially("a")
    expect(writer.page.get_by_role("option")).to_have_text(["carla"])


@pytest.mark.parametrize("key", ["Home", "ArrowLeft"])
def test_no_name_is_put_where_none_was_begun(visit: Visit, ana: User, berto: User, key: str) -> None:
    writer = visit(ana).enters("lobby")
    writer.composer.press_sequentially("hello @be")
    expect(writer.page.get_by_role("option")).to_have_text(["berto"])
    writer.composer.press(key)
    writer.composer.press("Enter")
    expect(writer.page.get_by_role("option")).to_have_count(0)
    expect(writer.composer).to_have_value("hello @be")


def test_names_that_could_not_be_fetched_are_asked_for_again(visit: Visit, ana: User, berto: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.page.route("**/members/", lambda route: route.abort(), times=1)
    with writer.page.expect_event("requestfailed"):
        writer.composer.press_sequentially("@b")
    writer.composer.press_sequentially("e")
    expect(writer.page.get_by_role("option")).to_have_text(["berto"])
    writer.forgives("ERR_FAILED")


# --- by the keyboard, and by touch ---


def test_all_is_done_without_a_pointer(visit: Visit, ana: User, berto: User) -> None:
    for body in ("one", "two"):
        say(ana, "lobby", body)
    writer = visit(ana).enters("lobby")
    press = writer.page.keyboard.press
    writer.page.locator("#scroller").focus()
    press("ArrowUp")
    expect(writer.bubble("two")).to_be_focused()
    press("ArrowUp")
    expect(writer.bubble("one")).to_be_focused()
    press("ArrowDown")
    press("Enter")
    expect(tool(writer, "two", "React")).to_be_focused()
    press("Escape")
    expect(writer.bubble("two")).to_be_focused()
    press("+")
    press("Enter")
    writer.waits_until(lambda: reactions(writer, "two") == ["👍 1"])
    expect(writer.bubble("two")).to_be_focused()
    press("e")
    expect(writer.composer).to_have_value("two")
    press("Escape")
    writer.page.locator("#scroller").focus()
    press("ArrowUp")
    press("r")
    writer.sees("Reply to ana: two")
    press("Escape")
    writer.page.locator("#scroller").focus()
    press("ArrowUp")
    press("Delete")
    press("Tab")
    press("Shift+Tab")
    press("Enter")
    writer.waits_until(lambda: writer.texts() == ["one", "This message was deleted."])
    expect(writer.page.locator(".message").last).to_be_focused()
    press("ArrowDown")
    expect(writer.composer).to_be_focused()


def test_a_touch_shows_the_tools(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "touch me")
    reader = visit(berto, phone=True).enters("lobby")
    expect(reader.page.locator(".tools")).to_have_count(0)
    reader.bubble("touch me").locator(".body").tap()
    reader.presses("Reply")
    reader.sees("Reply to ana: touch me")


# --- links ---


def test_a_link_to_a_message_opens_the_room_there(visit: Visit, ana: User, berto: User) -> None:
    say(ana, "lobby", "this one")
    say(ana, "lobby", "not this one")
    reader = visit(berto)
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.enters("lobby")
    tool(reader, "this one", "Copy the link").click()
    expect(reader.page.locator("#spoken")).to_have_text("The link is copied.")
    link = reader.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{reader.url}/rooms/lobby/?at={standing('this one').seq}"
    reader.page.goto("about:blank")
    reader.page.goto(link)
    expect(reader.bubble("this one")).to_be_focused()
    expect(reader.bubble("this one")).to_have_class("message first found")


def test_the_outsider_is_shown_nothing_by_a_link(visit: Visit, ana: User, carla: User) -> None:
    seq = say(ana, "lobby", "inside")
    outsider = visit(carla)
    assert outsider.goes_to(f"/rooms/lobby/?at={seq}") == 404
    outsider.sees_nothing_of("inside")
    outsider.forgives("404")


# --- who may only read ---


def test_who_is_muted_reads_and_is_told_until_when(visit: Visit, ana: User, berto: User) -> None:
    say(berto, "lobby", "mine")
    reader = visit(berto).enters("lobby")
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=3600)
    reader.sees("You are muted in this room until")
    assert not reader.composer.is_visible()
    assert tools(reader, "mine") == ["Copy the link"]
    say(ana, "lobby", "you can read")
    reader.hears("you can read")
    assert not reader.enters("lobby").composer.is_visible()
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=0)
    expect(reader.composer).to_be_visible()


def test_a_mute_ends_by_itself(visit: Visit, ana: User, berto: User) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=60)
    reader = visit(berto, own_clock=True).enters("lobby")
    expect(reader.composer).to_be_hidden()
    reader.time_passes(61)
    expect(reader.composer).to_be_visible()


def test_an_archived_room_is_read(visit: Visit, ana: User, berto: User) -> None:
    say(berto, "lobby", "mine")
    member, owner = visit(berto).enters("lobby"), visit(ana).enters("lobby")
    services.update_room(by=ana, slug="lobby", archived=True)
    for visitor in (member, owner):
        visitor.sees("This room is archived")
        visitor.sees("ana archived the room")
        assert not visitor.composer.is_visible()
    assert tools(member, "mine") == ["Copy the link"]
    assert tools(owner, "mine") == ["Copy the link", "Delete"]
    services.update_room(by=ana, slug="lobby", archived=False)
    expect(member.composer).to_be_visible()


# --- drafts ---


def test_what_was_begun_waits_in_its_room(visit: Visit, ana: User, lobby: Room) -> None:
    services.create_room(by=ana, slug="plaza", name="Plaza")
    writer = visit(ana).enters("lobby")
    writer.composer.fill("for the lobby")
    writer.enters("plaza")
    expect(writer.composer).to_have_value("")
    writer.enters("lobby")
    expect(writer.composer).to_have_value("for the lobby")
    writer.says("for the lobby")
    writer.hears("for the lobby")
    writer.enters("lobby")
    expect(writer.composer).to_have_value("")


def test_what_was_begun_is_not_shown_to_who_signs_in_next(visit: Visit, ana: User, berto: User) -> None:
    visitor = visit(berto).enters("lobby")
    visitor.composer.fill("between berto and the lobby")
    visitor.signs_in_as(browser_of(ana).session_key)
    visitor.enters("lobby")
    expect(visitor.composer).to_have_value("")
    visitor.signs_in_as(browser_of(berto).session_key)
    visitor.enters("lobby")
    expect(visitor.composer).to_have_value("between berto and the lobby")


# --- for everybody ---


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_one_does_with_messages_can_be_done_by_everybody(
    visit: Visit, ana: User, berto: User, lobby: Room, dark: bool
) -> None:
    seq = say(ana, "lobby", "@berto `code`\n```python\ndef f(): return f'{1 + 1}'  # a comment\n```")
    for by in (ana, berto):
        react(by=by, slug="lobby", client_id=uuid4(), seq=seq, emoji="🎉", on=True)
    services.post_message(by=berto, slug="lobby", client_id=uuid4(), body="yes", reply_to=seq)
    gone = say(ana, "lobby", "gone")
    delete_message(by=ana, slug="lobby", client_id=uuid4(), seq=gone)
    reader = visit(berto, dark=dark).enters("lobby")
    assert violations(reader) == []
    tool(reader, "yes", "React").click()
    assert violations(reader) == []
    tool(reader, "yes", "Edit").click()
    reader.composer.press("Escape")
    reader.composer.press_sequentially("@")
    expect(reader.page.get_by_role("option")).to_have_count(2)
    assert violations(reader) == []
    tool(reader, "yes", "Delete").click()
    assert violations(reader) == []
    reader.presses("Cancel")
    change_member(by=ana, slug="lobby", user_id=berto.pk, mute=3600)
    reader.sees("You are muted")
    assert violations(reader) == []
