"""Whether containers can be run here."""

import os
import shutil
import subprocess

import pytest


def needs_engine() -> None:
    """Skips the test where no container engine answers; in CI that fails it."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def missing() -> str:
    """What keeps containers from running; empty when nothing does."""
    if not shutil.which("docker"):
        return "there is no docker"
    for command, reason in (
        (["docker", "compose", "version"], "docker has no compose"),
        (["docker", "info"], "no container engine answers docker"),
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return reason
    return ""
