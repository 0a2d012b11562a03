"""The page that teaches Channels."""

import pytest
from django.test import Client

from accounts.models import User
from tests.page import Elements


def test_it_shows_the_snippet_to_copy(client: Client, ana: User) -> None:
    response = client.get("/lab/")
    assert response.status_code == 200
    text = Elements(response.content.decode()).text
    assert "const s = new WebSocket('ws://' + window.location.host + '/ws/chat/');" in text
    assert "s.onmessage = e => console.log(JSON.parse(e.data));" in text
    assert "s.onopen = () => s.send(JSON.stringify({message: 'hola'}));" in text


def test_behind_tls_the_snippet_is_too(client: Client, ana: User) -> None:
    assert "'wss://'" in client.get("/lab/", headers={"X-Forwarded-Proto": "https"}).context["snippet"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_there_in_both_languages(client: Client, ana: User, language: str) -> None:
    assert f'lang="{language}"' in client.get("/lab/", headers={"Accept-Language": language}).content.decode()
