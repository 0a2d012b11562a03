"""A file is for the members of its room: to look at where it is a picture, else to take home; for nobody else."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat.models import Room
from chat.services import remove_member
from tests.browser.conftest import Visit
from tests.browser.test_uploads import PLANO, a_file, has_uploaded, picks
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

EVIL = {
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
}


def addresses(visitor: Visitor) -> dict[str, str]:
    """Of the files that the message shows, and of the picture's thumbnail, by name."""
    found: dict[str, str] = visitor.bubble("mira").evaluate(
        """message => Object.fromEntries([
            ...[...message.querySelectorAll('.uploads a')].map((a) => [a.href.split('/').pop(), a.href]),
            ['thumb', message.querySelector('.uploads img').src],
        ])"""
    )
    assert set(found) == {*EVIL, "plano.png", "thumb"}
    return found


def is_given_nothing(visitor: Visitor, url: str) -> None:
    assert visitor.goes_to(url) == 404
    visitor.forgives("404")


def test_files_are_for_who_is_in_the_room(visit: Visit, ana: User, berto: User, carla: User, lobby: Room) -> None:
    writer, reader, outsider = visit(ana).enters("lobby"), visit(berto).enters("lobby"), visit(carla)
    picks(writer, PLANO, *(a_file(name, data) for name, data in EVIL.items()))
    has_uploaded(writer, 1 + len(EVIL))
    writer.says("mira")
    reader.hears("mira")
    expect(reader.bubble("mira").get_by_role("img", name="plano.png")).to_have_js_property("complete", True)
    files = addresses(reader)

    for name, data in EVIL.items():
        with reader.page.expect_download() as download:
            reader.page.evaluate("url => location.assign(url)", files[name])
        assert download.value.suggested_filename == name
        assert download.value.path().read_bytes() == data
        headers = reader.page.request.get(files[name]).headers
        assert headers["content-disposition"] == f'attachment; filename="{name}"'
        assert headers["content-type"] == "application/octet-stream"
        assert headers["x-content-type-options"] == "nosniff"
    reader.hears("mira")  # still on the page
    for name in ("plano.png", "thumb"):
        answer = reader.page.request.get(files[name])
        assert (answer.status, answer.headers["content-disposition"][:7]) == (200, "inline;")
    for url in files.values():
        is_given_nothing(outsider, url)

    remove_member(by=ana, slug="lobby", user_id=berto.pk)
    for url in files.values():
        is_given_nothing(reader, url)
