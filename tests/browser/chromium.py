"""A real Chromium, without a window: the one whose path is in CHROMIUM."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.waiting import DEADLINE

# No sandbox, for root in a container has none; and nothing that would ask the network for something of its own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def path_of_chromium() -> str:
    """Skips the test where there is none; in CI that fails it."""
    path = os.environ.get("CHROMIUM", "")
    if not path:
        reason = "there is no Chromium: set CHROMIUM to the path of one, or start the tests with ./run test"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def running_chromium() -> Iterator[Browser]:
    expect.set_options(timeout=DEADLINE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium(), args=list(FLAGS))
        # Playwright's loop counts as running in this thread for as long as it lives. Nothing of ours runs in it.
        before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        try:
            yield browser
        finally:
            if before is None:
                del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
            browser.close()
