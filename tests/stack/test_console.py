"""What the README invites its reader to type into the browser's console."""

import re

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import Visitor
from tests.stack.checkout import ROOT
from tests.stack.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture
def snippet() -> str:
    [snippet] = re.findall(r"```js\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert "new WebSocket" in snippet
    return str(snippet)


def test_it_prints_the_message_back_to_who_is_signed_in(ana: Visitor, snippet: str) -> None:
    tab = ana.in_another_tab()
    tab.goes_to("/")
    assert tab.prints(snippet) == [{"message": "hola"}]


def test_it_prints_the_message_back_to_who_is_not(stack: Stack, ana: Visitor, chromium: Browser, snippet: str) -> None:
    someone = Visitor(chromium, stack.url)
    someone.goes_to("/")
    assert someone.path == "/sign-in/?next=/"
    assert someone.prints(snippet) == [{"message": "hola"}]
    someone.context.close()
