"""The page that teaches: what the scope holds, each frame, the echo, the event."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_it_shows_the_scope_and_masks_its_secrets(visit: Visit, ana: User) -> None:
    reader = visit(ana)
    reader.goes_to("/lab/")
    reader.sees("The connection is open")
    session_key = next(cookie["value"] for cookie in reader.context.cookies() if cookie["name"] == "sessionid")
    assert session_key
    for name in ("path", "url_route", "path_remaining", "headers", "cookies", "session", "user", "subprotocols"):
        expect(reader.page.locator("#scope > li > :first-child").filter(has_text=name).first).to_be_visible()

    reader.page.locator("#scope summary", has_text="cookies").click()
    cookie = reader.page.locator("#scope li", has_text="sessionid").last
    expect(cookie.locator(".masked")).to_be_visible()
    reader.page.locator("#scope summary", has_text="user").last.click()
    reader.sees('"ana"')
    reader.sees_nothing_of(session_key)
    assert session_key not in str(reader.sockets.received)


def test_who_is_not_signed_in_sees_a_scope_too(visit: Visit, ana: User) -> None:
    someone = visit()
    someone.goes_to("/lab/")
    expect(someone.page.locator("#frames li.in")).to_have_count(1)
    assert someone.sockets.received[0]["scope"]["user"]["class"] == "AnonymousUser"


def test_the_echo_comes_back_and_both_frames_are_listed(visit: Visit, ana: User) -> None:
    reader = visit(ana)
    reader.goes_to("/lab/")
    expect(reader.page.locator("#frames li.in")).to_have_count(1)
    echo = reader.page.locator("form[data-type=echo]")
    echo.get_by_label("Message").fill("¿qué tal?")
    echo.get_by_role("button").click()
    frames = reader.page.locator("#frames li")
    expect(frames).to_have_count(3)
    for frame, direction in ((frames.nth(1), "out"), (frames.nth(2), "in")):
        expect(frame).to_have_class(direction)
        expect(frame).to_contain_text('{"type":"echo","message":"¿qué tal?"}')


def test_an_event_goes_through_the_channel_layer(visit: Visit, ana: User) -> None:
    reader = visit(ana)
    reader.goes_to("/lab/")
    reader.sees("The connection is open")
    reader.page.locator("form[data-type=event]").get_by_role("button").click()
    expect(reader.page.locator("#frames li.in")).to_have_count(2)
    event = reader.sockets.received[-1]
    assert (event["type"], event["message"], event["event_type"]) == ("event", "hola", "lab.event")
    assert event["channel_name"]


def test_a_connection_that_was_closed_can_be_opened_again(visit: Visit, ana: User) -> None:
    reader = visit(ana)
    reader.goes_to("/lab/")
    reader.sees("The connection is open")
    reader.page.locator("#echo").fill("x" * 70_000)
    reader.page.locator("form[data-type=echo]").get_by_role("button").click()
    reader.sees("The connection was closed with code 1009")
    reader.presses("Open again")
    reader.sees("The connection is open")


def test_the_snippet_can_be_copied_and_does_what_the_page_says(visit: Visit, ana: User) -> None:
    reader = visit(ana)
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.goes_to("/lab/")
    reader.page.locator("[data-copy='#snippet']").click()
    reader.sees("Copied")
    snippet = reader.page.evaluate("navigator.clipboard.readText()")
    assert reader.prints(snippet) == [{"message": "hola"}]
