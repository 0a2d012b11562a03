"""The image's entrypoint refuses what gunicorn would meet with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers import APP

ENTRYPOINT = APP.parent / "deploy" / "entrypoint.sh"


def start_web(**variables: str) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(ENTRYPOINT), "web"],
        cwd=APP,
        env={"PATH": path, "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "short", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("value", ["abc", "-1", "2.5", "2 "])
def test_a_number_of_processes_that_is_none_is_refused_in_one_line(value: str) -> None:
    result = start_web(WEB_CONCURRENCY=value)
    assert result.returncode == 1
    [line] = (result.stdout + result.stderr).splitlines()
    assert line == f"tertulia: WEB_CONCURRENCY is '{value}'. Set it to a whole number, 1 or more."


@pytest.mark.parametrize("value", ["", "2"])
def test_with_an_empty_or_a_good_one_the_settings_are_read(value: str) -> None:
    result = start_web(WEB_CONCURRENCY=value)
    assert result.returncode == 1
    said = result.stdout + result.stderr
    assert "SECRET_KEY is too weak" in said
    assert "WEB_CONCURRENCY" not in said
    assert "Traceback" not in said
