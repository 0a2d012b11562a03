"""Each knob of .env.example is one of the stack's, and the default that it names is the default."""

import re

import pytest

from tests.stack.checkout import ROOT

pytestmark = pytest.mark.stack


def test_it_lists_every_knob_with_its_default() -> None:
    listed = dict(re.findall(r"^#(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    used = dict(re.findall(r"\$\{(\w+):-((?:[^{}]|\$\{[^}]*\})*)\}", (ROOT / "docker-compose.yml").read_text()))
    used = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", default) for name, default in used.items()}
    assert listed == used
