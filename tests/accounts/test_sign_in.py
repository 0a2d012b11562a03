"""Signing in and out."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import create_person
from tests.people import PASSWORD, browser_of


def sign_in(client: Client, name: str, password: str) -> bool:
    """Whether that opened the door."""
    response = client.post("/sign-in/", {"username": name, "password": password})
    assert response.status_code in {200, 302}
    return response.status_code == 302 and "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["ana", "Ana", "ANA"])
def test_a_name_signs_in_whatever_its_case(client: Client, ana: User, name: str) -> None:
    assert sign_in(client, name, PASSWORD)
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_a_name_with_accents_signs_in_too(client: Client, ana: User) -> None:
    create_person(name="Ñuñez", password=PASSWORD)
    assert sign_in(client, "ñuñez", PASSWORD)


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong"), ("ana", ""), ("nobody", PASSWORD), ("", PASSWORD)])
def test_a_wrong_name_or_password_does_not(client: Client, ana: User, name: str, password: str) -> None:
    assert not sign_in(client, name, password)


def test_who_is_deactivated_does_not(client: Client, berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert not sign_in(client, "berto", PASSWORD)


def test_a_program_does_not(client: Client, bot: User) -> None:
    assert not sign_in(client, "bot", "")
    assert not sign_in(client, "bot", bot.password)


def test_one_comes_back_to_where_one_wanted_to_go(client: Client, ana: User) -> None:
    asked = client.get("/rooms/lobby/")
    assert asked.headers["Location"] == "/sign-in/?next=/rooms/lobby/"
    form = {"username": "ana", "password": PASSWORD, "next": "/rooms/lobby/"}
    assert client.post("/sign-in/", form).headers["Location"] == "/rooms/lobby/"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_one_is_not_sent_elsewhere(client: Client, ana: User, elsewhere: str) -> None:
    form = {"username": "ana", "password": PASSWORD, "next": elsewhere}
    assert client.post("/sign-in/", form).headers["Location"] == "/"


def test_who_is_signed_in_already_is_let_through(ana: User) -> None:
    response = browser_of(ana).client.get("/sign-in/")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("there", ["/sign-in/", "/sign-in/?next=/sign-in/", "http://testserver/sign-in/"])
def test_who_is_signed_in_is_not_led_round_in_a_circle(ana: User, there: str) -> None:
    response = browser_of(ana).client.get("/sign-in/", {"next": there}, follow=True)
    assert (response.status_code, response.redirect_chain[-1][0]) == (200, "/")


def test_who_signs_in_from_the_page_for_it_comes_to_the_start(client: Client, ana: User) -> None:
    form = {"username": "ana", "password": PASSWORD, "next": "/sign-in/"}
    assert client.post("/sign-in/", form).headers["Location"] == "/"


def test_signing_out_ends_the_session(client: Client, ana: User) -> None:
    assert sign_in(client, "ana", PASSWORD)
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_a_link_does_not_sign_out(client: Client, ana: User) -> None:
    assert sign_in(client, "ana", PASSWORD)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/").status_code == 200


def test_another_page_cannot_sign_in_or_out(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sign-in/", {"username": "ana", "password": PASSWORD}).status_code == 403
    client.force_login(ana)
    assert client.post("/sign-out/").status_code == 403


def test_a_new_password_ends_the_sessions_of_the_old(ana: User) -> None:
    browser = browser_of(ana)
    assert browser.client.get("/").status_code == 200
    ana.set_password("otra-cosa-muy-distinta")
    ana.save()
    assert browser.client.get("/").status_code == 302
