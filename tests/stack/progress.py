"""What is slow says so while it runs."""

from collections.abc import Callable

import pytest

Say = Callable[[str], None]


def progress(config: pytest.Config) -> Say:
    capture = config.pluginmanager.getplugin("capturemanager")
    reporter = config.pluginmanager.getplugin("terminalreporter")

    def say(what: str) -> None:
        if capture is not None and reporter is not None:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(f"  {what}")

    return say
