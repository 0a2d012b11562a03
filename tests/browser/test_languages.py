"""The browser's language decides."""

import pytest

from accounts.models import User
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_who_reads_spanish_is_spoken_to_in_spanish(visit: Visit, ana: User) -> None:
    spanish, english = visit(ana, locale="es-ES"), visit(ana)
    for path in ("/", "/invite/", "/rooms/lobby/settings/", "/lab/"):
        for reader in (spanish, english):
            reader.goes_to(path)
        assert spanish.page.locator("html").get_attribute("lang") == "es"
        assert not set(sentences(spanish)) & set(sentences(english)), path
    spanish.enters("lobby")
    spanish.says("hola")
    spanish.hears("hola")
    assert spanish.page.locator(".line.day").inner_text() == "Hoy"


def test_who_reads_english_is_spoken_to_in_english(visit: Visit, ana: User) -> None:
    reader = visit(ana, locale="en-US").enters("lobby")
    assert reader.page.locator("html").get_attribute("lang") == "en"
    reader.says("hola")
    reader.hears("hola")
    assert reader.page.locator(".line.day").inner_text() == "Today"


def test_who_reads_neither_is_spoken_to_in_the_language_of_the_place(visit: Visit, ana: User) -> None:
    reader = visit(locale="de-DE")
    reader.goes_to("/sign-in/")
    reader.sees_heading("Good to see you")


def sentences(reader: Visitor) -> list[str]:
    """What is written on a page and has several words."""
    texts = reader.page.locator("main :is(h1, h2, p, label, summary)").all_inner_texts()
    return [text for text in texts if text.count(" ") > 1]
