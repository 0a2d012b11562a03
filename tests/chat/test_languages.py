"""Spanish and English, as the browser asks."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

from accounts.models import User
from chat.models import Room
from tests.people import browser_of

ADDRESSES = ["/", "/rooms/lobby/", "/rooms/lobby/settings/", "/invite/", "/lab/", "/nowhere/"]

LOCALES = Path(settings.LOCALE_PATHS[0])


def spanish() -> Catalog:
    with (LOCALES / "es" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale="es")


def messages() -> list[Message]:
    return [message for message in spanish() if message.id]


def wordings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_everything_is_translated() -> None:
    assert len(messages()) > 50
    missing = [message.id for message in messages() if not wordings(message) or not all(wordings(message))]
    assert missing == []


def test_nothing_is_left_to_be_looked_at_again() -> None:
    assert [message.id for message in messages() if message.fuzzy] == []


def test_what_is_filled_in_is_filled_in_in_both_languages() -> None:
    broken = [(message.id, [str(error) for error in message.check(spanish())]) for message in messages()]
    assert [found for found in broken if found[1]] == []


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("es", "es"),
        ("es-AR,es;q=0.9", "es"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de,es;q=0.5,en;q=0.3", "es"),
        ("de", "en"),
        ("", "en"),
        ("\x00;;q=", "en"),
    ],
)
def test_the_browsers_language_decides(client: Client, ana: User, asked: str, language: str) -> None:
    response = client.get("/sign-in/", headers={"Accept-Language": asked})
    html = response.content.decode()
    assert f'<html lang="{language}"' in html
    assert ("Contraseña" in html) == (language == "es")
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_page_is_the_same_in_both(ana: User, lobby: Room, path: str) -> None:
    client = browser_of(ana).client
    shown = [client.get(path, headers={"Accept-Language": asked}) for asked in ("en", "es")]
    assert shown[0].status_code == shown[1].status_code
    assert b'lang="en"' in shown[0].content
    assert b'lang="es"' in shown[1].content
    assert shown[0].content != shown[1].content


def test_a_form_says_what_is_wrong_in_the_language_asked_for(client: Client, db: None) -> None:
    response = client.post(
        "/first-run/", {"name": "ana", "password": "x", "room": "r"}, headers={"Accept-Language": "es"}
    )
    assert "contraseña" in str(response.context["form"].errors).lower()
