"""The client on a page that is none of ours: the examples of docs/client.md, as they stand there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import Visit
from tests.browser.indexed_db import stored
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
CLIENT = Path(__file__).parents[2] / "app/chat/static/chat/client"


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def opens(visitor: Visitor, html: str, script: str) -> None:
    """This page in the place of one of ours: a page that no server sent may not open sockets to this machine."""
    visitor.page.route("**/example.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    visitor.goes_to("/invite/")
    visitor.page.set_content(html)


def test_the_short_example_says_hello_and_hears_the_others(visit: Visit, ana: User, berto: User) -> None:
    reader, visitor = visit(berto).enters("lobby"), visit(ana)
    heard: list[str] = []
    visitor.page.on("console", lambda message: heard.append(message.text))
    opens(visitor, '<script type="module" src="example.js"></script>', examples("js")[0])
    reader.hears("hola")
    reader.says("buenas")
    visitor.waits_until(lambda: "berto: buenas" in heard)


def test_the_whole_page_shows_the_room_and_posts_to_it(visit: Visit, ana: User, berto: User) -> None:
    reader, visitor = visit(berto).enters("lobby"), visit(ana)
    reader.says("before")
    reader.hears("before")
    opens(visitor, examples("html")[0], examples("js")[-1])
    messages = visitor.page.locator("#messages li")
    expect(messages).to_have_text(["berto: before"])
    expect(visitor.page.locator("#state")).to_have_text("online")
    visitor.fills_in("Message", "from elsewhere")
    visitor.presses("Send")
    reader.hears("from elsewhere")
    reader.says("welcome")
    expect(messages).to_have_text(["berto: before", "ana: from elsewhere", "berto: welcome"])
    expect(visitor.page.locator("#pending li")).to_have_count(0)


def test_what_waits_is_shown_on_the_next_visit(visit: Visit, ana: User, berto: User) -> None:
    writer = visit(ana, own_clock=True).enters("lobby")
    writer.loses_the_network()
    writer.says("wait for me")
    writer.waits_until(lambda: "wait for me" in stored(writer, ana))
    elsewhere = writer.in_another_tab()
    writer.page.close()
    writer.context.set_offline(False)
    reader = visit(berto).enters("lobby")
    opens(elsewhere, examples("html")[0], examples("js")[-1])
    expect(elsewhere.page.locator("#messages li")).to_have_text(["ana: wait for me"])
    reader.hears("wait for me")


def test_every_name_that_the_page_explains_is_the_clients(visit: Visit, ana: User) -> None:
    visitor = visit(ana).enters("lobby")
    section = PAGE[PAGE.index("## `connect(options)`") : PAGE.index("### States")]
    members = set(re.findall(r"^\| `(\w+)", section, re.MULTILINE)) | set(re.findall(r"`(\w+)\(client_id\)`", section))
    options = {"user", "onState", "onPost", "onWrite", "onUnread", "onLost", "csrf", "url"}
    assert options < members
    theirs = visitor.page.evaluate(
        """async () => {
            const { Client } = await import('/static/chat/client/client.js');
            return Object.getOwnPropertyNames(Client.prototype);
        }"""
    )
    assert members - options <= set(theirs)


def test_the_client_refers_to_nothing_of_our_pages() -> None:
    for module in CLIENT.glob("*.js"):
        text = module.read_text()
        assert re.findall(r"from '(?!\./[\w-]+\.js')", text) == [], module.name
        assert re.findall(r"document\.(?!cookie|addEventListener|visibilityState)\w+", text) == [], module.name
