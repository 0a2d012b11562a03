"""A site, and people who come to it with browsers of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from accounts.models import User
from tests.browser.chromium import running_chromium
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.people import browser_of


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def long_running_site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    site.wait_until_it_serves()
    yield site
    site.stop()


@pytest.fixture
def site(long_running_site: Site, transactional_db: None) -> Iterator[Site]:
    """Pages and sockets. It has served other tests before, as in life."""
    before = len(long_running_site.complaints())
    yield long_running_site
    assert long_running_site.complaints()[before:] == []


@pytest.fixture
def new_site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """One of this test's own, which has just started."""
    site = Site(tmp_path)
    site.wait_until_it_serves()
    yield site
    site.stop()
    assert site.complaints() == []


Visit = Callable[..., Visitor]


@pytest.fixture
def visit_to(chromium: Browser, transactional_db: None) -> Iterator[Visit]:
    """Opens a browser on a site, signed in as `user` where one is given. In the end none of them has complained."""
    visitors = []
    with ExitStack() as stack:

        def open_browser(site: Site, user: User | None = None, **options: bool | str) -> Visitor:
            cookies = {"sessionid": browser_of(user).session_key} if user else {}
            visitor = Visitor(chromium, site.url, cookies=cookies, **options)  # type: ignore[arg-type]
            stack.callback(visitor.context.close)
            visitors.append(visitor)
            return visitor

        yield open_browser
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def visit(visit_to: Visit, site: Site) -> Visit:
    """The same, on the site that serves all tests."""

    def open_browser(user: User | None = None, **options: bool | str) -> Visitor:
        return visit_to(site, user, **options)

    return open_browser
