"""The stack, the people who come to it with browsers, and a program with a token."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import running_chromium
from tests.browser.visitor import Visitor
from tests.people import PASSWORD
from tests.stack.checkout import copy_project
from tests.stack.container import docker
from tests.stack.engine import needs_engine
from tests.stack.programs import Programs
from tests.stack.progress import progress
from tests.stack.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walk goes first: it begins where nobody has been yet."""
    items.sort(key=lambda item: item.path.name != "test_walk.py")


@pytest.fixture(scope="package")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Up, from a clean copy of the project with nothing else done."""
    needs_engine()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left running
    folder: Path = tmp_path_factory.mktemp("clone")
    copy_project(folder)
    stack = Stack(folder, progress(request.config))
    try:
        stack.up("--build")
        yield stack
    finally:
        stack.down("--volumes", "--remove-orphans")
    assert docker("volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={stack.project}") == ""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def ana(stack: Stack, chromium: Browser) -> Visitor:
    """She does the first run, and is in the lobby."""
    ana = Visitor(chromium, stack.url)
    ana.goes_to("/")
    ana.fills_in("Your name", "ana")
    ana.fills_in("Password", PASSWORD)
    ana.presses("Open the room")
    ana.arrives_at("/rooms/lobby/")
    ana.is_connected()
    return ana


@pytest.fixture(scope="package")
def join_link(ana: Visitor) -> str:
    """As she reads it in another tab."""
    tab = ana.context.new_page()
    tab.goto("/invite/")
    link = tab.get_by_label("Link to join").input_value()
    tab.close()
    return link


def joins(visitor: Visitor, name: str, link: str) -> Visitor:
    visitor.goes_to(link)
    visitor.fills_in("Your name", name)
    visitor.fills_in("Password", PASSWORD)
    visitor.presses("Join")
    visitor.arrives_at("/rooms/lobby/")
    visitor.is_connected()
    return visitor


@pytest.fixture(scope="package")
def berto(stack: Stack, chromium: Browser, join_link: str) -> Visitor:
    """He opens the join link in a browser of his own, and is in the lobby."""
    return joins(Visitor(chromium, stack.url), "berto", join_link)


@pytest.fixture(scope="package")
def carla(stack: Stack, chromium: Browser, join_link: str) -> Visitor:
    """The outsider: she came as berto did, by phone and at night, and nobody has asked her anywhere else."""
    return joins(Visitor(chromium, stack.url, phone=True, dark=True), "carla", join_link)


@pytest.fixture(scope="package")
def token(stack: Stack, ana: Visitor) -> str:
    """The token of a program in the lobby, made as the README says."""
    return stack.manage("token", "weather", "--room", "lobby").strip()


@pytest.fixture
def programs(stack: Stack, token: str) -> Iterator[Programs]:
    with ExitStack() as closing:
        yield Programs(stack, token, closing)
