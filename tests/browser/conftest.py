"""A site, and people who come to it with browsers of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
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
def long_running_sites(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    sites = [Site(tmp_path_factory.mktemp("site")) for _ in range(2)]
    for site in sites:
        site.wait_until_it_serves()
    yield sites
    for site in sites:
        site.stop()


@pytest.fixture
def sites(long_running_sites: list[Site], transactional_db: None) -> Iterator[list[Site]]:
    """Two workers of one place: what is said through one is heard through the other. They have served other tests
    before, as in life."""
    before = [len(site.complaints()) for site in long_running_sites]
    yield long_running_sites
    for site, old in zip(long_running_sites, before, strict=True):
        assert site.complaints()[old:] == []


@pytest.fixture
def site(sites: list[Site]) -> Site:
    """Pages and sockets: the one that the first visitor of a test comes to."""
    return sites[0]


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
def visit(visit_to: Visit, sites: list[Site]) -> Visit:
    """The same, on the sites that serve all tests: each visitor comes to another one than the visitor before."""
    turns = cycle(sites)

    def open_browser(user: User | None = None, **options: bool | str) -> Visitor:
        return visit_to(next(turns), user, **options)

    return open_browser
