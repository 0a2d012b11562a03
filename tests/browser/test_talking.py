"""Two people in a room: what they write, how it looks, and what becomes of it when the connection fails."""

import signal
from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.browser.visitor import Shown

pytestmark = pytest.mark.browser


def test_both_see_what_both_say_in_one_order(visit: Visit, ana: User, berto: User) -> None:
    first, second = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    first.says("hola")
    second.hears("hola")
    second.says("buenas")
    for visitor in (first, second):
        visitor.hears("buenas")
    expected = [Shown("ana", "hola", "delivered"), Shown("berto", "buenas", "delivered")]
    assert first.shown() == second.shown() == expected


def test_enter_sends_and_shift_enter_starts_a_line(visit: Visit, ana: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.composer.press_sequentially("one")
    writer.composer.press("Shift+Enter")
    writer.composer.press_sequentially("two")
    assert writer.shown() == []
    writer.composer.press("Enter")
    writer.waits_until(lambda: writer.shown() == [Shown("ana", "one\ntwo", "delivered")])
    assert writer.composer.input_value() == ""
    expect(writer.composer).to_be_focused()


def test_on_a_phone_enter_starts_a_line_and_the_button_sends(visit: Visit, ana: User) -> None:
    writer = visit(ana, phone=True).enters("lobby")
    writer.composer.press_sequentially("one")
    writer.composer.press("Enter")
    writer.composer.press_sequentially("two")
    writer.presses("Send")
    writer.waits_until(lambda: writer.texts() == ["one\ntwo"])


def test_html_in_a_message_is_shown_and_not_run(visit: Visit, ana: User, berto: User) -> None:
    body = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script> <b>bold</b>"
    writer, reader = visit(ana).enters("lobby"), visit(berto).enters("lobby")
    writer.says(body)
    for visitor in (writer, reader):
        visitor.hears(body)
    reader.enters("lobby").hears(body)
    for visitor in (writer, reader):
        assert visitor.page.title() == "Lobby · Tertulia"
        assert visitor.page.locator(".messages :is(img, script, b:not(.author))").count() == 0


def test_markdown_becomes_what_it_means(visit: Visit, ana: User, berto: User) -> None:
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="**loud** `code` https://example.com")
    reader = visit(berto).enters("lobby")
    reader.hears("loud code https://example.com")
    expect(reader.page.locator(".body strong")).to_have_text("loud")
    link = reader.page.get_by_role("link", name="https://example.com")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_a_message_that_is_too_long_cannot_be_sent(visit: Visit, ana: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.composer.fill("🙂" * 4001)
    writer.sees("Characters too many: 1")
    expect(writer.page.get_by_role("button", name="Send")).to_be_disabled()
    writer.composer.fill("🙂" * 4000)
    writer.sees("Characters left: 0")
    writer.composer.press("Enter")
    writer.hears("🙂" * 4000)


def test_what_the_server_refuses_says_so_and_can_be_discarded(visit: Visit, ana: User) -> None:
    writer = visit(ana).enters("lobby")
    writer.says("no\0body")
    expect(writer.page.locator(".message")).to_have_attribute("data-state", "failed")
    writer.sees("Not sent: the server refused it.")
    writer.presses("Try again")
    writer.waits_until(lambda: [frame["type"] for frame in writer.sockets.received].count("error") == 2)
    writer.sees("Not sent: the server refused it.")
    writer.presses("Discard")
    assert writer.shown() == []


def test_a_message_waits_while_the_server_does_not_answer(visit: Visit, ana: User, site: Site) -> None:
    writer = visit(ana).enters("lobby")
    site.process.send_signal(signal.SIGSTOP)
    try:
        writer.says("are you there?")
        expect(writer.bubble("are you there?")).to_have_attribute("data-state", "sent")
        writer.says("hello?")
        expect(writer.bubble("hello?")).to_have_attribute("data-state", "queued")
    finally:
        site.process.send_signal(signal.SIGCONT)
    writer.hears("are you there?")
    writer.hears("hello?")
    assert writer.texts() == ["are you there?", "hello?"]


def test_what_is_written_while_the_server_is_gone_is_sent_once_when_it_is_back(
    visit_to: Visit, new_site: Site, ana: User, berto: User
) -> None:
    writer = visit_to(new_site, ana, own_clock=True).enters("lobby")
    reader = visit_to(new_site, berto, own_clock=True).enters("lobby")
    writer.says("before")
    reader.hears("before")

    new_site.crashes()
    writer.is_reconnecting()
    writer.says("meanwhile")
    expect(writer.bubble("meanwhile")).to_have_attribute("data-state", "queued")
    new_site.comes_back()
    for visitor in (writer, reader):
        visitor.time_passes(30)
        visitor.is_connected()
    writer.hears("meanwhile")
    reader.hears("meanwhile")
    writer.says("after")
    reader.hears("after")

    for visitor in (writer, reader):
        assert visitor.texts() == ["before", "meanwhile", "after"]
        visitor.forgives("ERR_CONNECTION|WebSocket")
    assert Room.objects.get(slug="lobby").messages.count() == 3


def test_what_was_said_during_an_absence_arrives_with_the_reconnect(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    reader = visit(berto, own_clock=True).enters("lobby")
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="one")
    reader.hears("one")
    reader.loses_the_network()
    for body in ("two", "three"):
        services.post_message(by=ana, slug="lobby", client_id=uuid4(), body=body)
    reader.sees("You are offline")
    reader.has_the_network_again()
    reader.hears("three")
    assert reader.texts() == ["one", "two", "three"]


def test_who_was_removed_while_offline_learns_that_the_message_was_not_sent(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    writer = visit(berto, own_clock=True).enters("lobby")
    writer.loses_the_network()
    writer.says("wait for me")
    services.remove_member(by=ana, slug="lobby", user_id=berto.pk)
    writer.has_the_network_again()
    writer.sees("You are not in this room any more.")
    expect(writer.bubble("wait for me")).to_have_attribute("data-state", "failed")
    writer.sees("Not sent:")


def test_where_nothing_can_be_kept_leaving_with_something_unsent_is_asked_about(visit: Visit, ana: User) -> None:
    writer = visit(ana, own_clock=True)
    writer.page.add_init_script("Object.defineProperty(self, 'indexedDB', { value: undefined })")
    writer.enters("lobby")
    writer.loses_the_network()
    writer.says("not yet")
    asked: list[str] = []

    def stays(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    writer.page.on("dialog", stays)
    writer.page.close(run_before_unload=True)
    writer.waits_until(lambda: writer.page.title() and asked)
    assert asked == ["beforeunload"]
    writer.has_the_network_again()
    writer.hears("not yet")
