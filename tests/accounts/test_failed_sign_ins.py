"""Whoever guesses passwords waits: that name at that address, and nobody else."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from accounts.failed_sign_ins import name_meant
from accounts.models import User
from accounts.services import create_person
from tests.people import PASSWORD, browser_of

HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"
WRONG = "not-her-password"


def attempt(client: Client, name: str, password: str, path: str = "/sign-in/", **extra: Any) -> Any:
    return client.post(path, {"username": name, "password": password}, **{"REMOTE_ADDR": HERE} | extra)


def fails_often(client: Client, name: str, times: int = 10, **extra: Any) -> list[int]:
    return [attempt(client, name, WRONG, **extra).status_code for _ in range(times)]


def time_passes(**length: float) -> None:
    """The failures lie so much further back."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(**length))


# --- the pause ---


def test_after_so_many_failures_the_right_password_is_refused_too(client: Client, ana: User) -> None:
    assert fails_often(client, "ana") == [200] * 9 + [429]
    response = attempt(client, "ana", PASSWORD)
    assert response.status_code == 429
    assert "_auth_user_id" not in client.session


def test_one_failure_less_does_no_harm(client: Client, ana: User) -> None:
    fails_often(client, "ana", 9)
    assert attempt(client, "ana", PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_form_says_how_long_to_wait(client: Client, ana: User) -> None:
    fails_often(client, "ana")
    time_passes(minutes=4, seconds=30)
    response = attempt(client, "ana", PASSWORD)
    assert "Try again in 11 minutes." in response.text
    assert 'name="password"' in response.text
    assert 10 * 60 < int(response.headers["Retry-After"]) <= 10.5 * 60


def test_in_the_last_minute_it_says_a_minute(client: Client, ana: User) -> None:
    fails_often(client, "ana")
    time_passes(minutes=14, seconds=30)
    assert "Try again in a minute." in attempt(client, "ana", PASSWORD).text


def test_when_the_pause_is_over_the_right_password_opens_the_door(client: Client, ana: User) -> None:
    fails_often(client, "ana")
    time_passes(minutes=15)
    assert attempt(client, "ana", PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_trying_on_does_not_make_the_pause_longer(client: Client, ana: User) -> None:
    fails_often(client, "ana")
    time_passes(minutes=10)
    assert fails_often(client, "ana", 3) == [429] * 3
    time_passes(minutes=5)
    assert attempt(client, "ana", PASSWORD).status_code == 302


def test_failures_of_long_ago_do_not_count(client: Client, ana: User) -> None:
    fails_often(client, "ana", 9)
    time_passes(minutes=15)
    assert fails_often(client, "ana", 9) == [200] * 9


def test_how_many_and_how_long_are_the_operators_choice(client: Client, ana: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME = 3, timedelta(hours=2)
    assert fails_often(client, "ana", 4) == [200, 200, 429, 429]
    assert "Try again in 120 minutes." in attempt(client, "ana", PASSWORD).text


# --- for whom ---


def test_at_another_address_the_same_name_signs_in(client: Client, ana: User) -> None:
    fails_often(client, "ana")
    assert attempt(Client(), "ana", PASSWORD, REMOTE_ADDR=ELSEWHERE).status_code == 302
    assert attempt(client, "ana", PASSWORD).status_code == 429


def test_at_the_same_address_another_name_signs_in(client: Client, ana: User, berto: User) -> None:
    fails_often(client, "ana")
    assert attempt(Client(), "berto", PASSWORD).status_code == 302


def test_another_spelling_another_browser_and_no_cookies_are_no_way_round(ana: User) -> None:
    for number, name in enumerate(["ana", "Ana", "ANA", "aNa", "anA"] * 2):
        attempt(Client(), name, WRONG, HTTP_USER_AGENT=f"browser {number}", HTTP_ACCEPT="*/*")
    assert attempt(Client(), "ana", PASSWORD).status_code == 429
    assert AccessAttempt.objects.count() == 1


def test_a_letter_that_the_database_takes_for_another_is_no_way_round(client: Client, ana: User) -> None:
    """PostgreSQL compares in upper case, where the i without a dot is an I."""
    create_person(name="dina", password=PASSWORD)
    assert attempt(Client(), "d\N{LATIN SMALL LETTER DOTLESS I}na", PASSWORD).status_code == 302
    fails_often(client, "d\N{LATIN SMALL LETTER DOTLESS I}na")
    assert attempt(client, "dina", PASSWORD).status_code == 429


def test_a_name_that_nobody_has_is_treated_the_same(ana: User) -> None:
    first, second = Client(), Client()
    statuses = [fails_often(first, "ana", 11), fails_often(second, "nobody", 11)]
    assert statuses[0] == statuses[1]
    errors = [
        attempt(client, name, WRONG).context["form"].errors for client, name in ((first, "ana"), (second, "nobody"))
    ]
    assert errors[0] == errors[1]


def test_who_is_signed_in_stays_so(client: Client, ana: User) -> None:
    browser = browser_of(ana)
    fails_often(client, "ana")
    assert browser.client.get("/", REMOTE_ADDR=HERE).status_code == 200


def test_a_programs_token_has_nothing_to_do_with_it(client: Client, bot: User, token: str) -> None:
    fails_often(client, "bot")
    response = client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {token}", REMOTE_ADDR=HERE)
    assert response.status_code == 200


def test_an_empty_form_counts_for_nobody(client: Client, ana: User) -> None:
    for name, password in (("ana", ""), ("", WRONG), ("a\x00", WRONG)):
        assert attempt(client, name, password).status_code == 200
    assert not AccessAttempt.objects.exists()


def test_a_name_as_long_as_a_book_does_no_harm(client: Client, ana: User) -> None:
    assert fails_often(client, "x" * 100_000, 11) == [200] * 9 + [429] * 2


# --- the other doors ---


def test_the_admins_door_counts_with_ours(client: Client, ana: User) -> None:
    assert fails_often(client, "ana", 5) == [200] * 5
    assert fails_often(client, "ana", 5, path="/admin/login/") == [200] * 4 + [429]
    response = attempt(client, "ana", PASSWORD, path="/admin/login/")
    assert response.status_code == 429
    assert "Try again in 15 minutes." in response.text
    assert attempt(client, "ana", PASSWORD, path="/admin/login/", REMOTE_ADDR=ELSEWHERE).status_code == 302


def test_whoever_guesses_the_current_password_waits_too(ana: User) -> None:
    client = browser_of(ana).client
    form = {"old_password": WRONG, "new_password1": "otra-cosa-muy-distinta", "new_password2": "otra-cosa-muy-distinta"}
    statuses = [client.post("/account/password/", form, REMOTE_ADDR=HERE).status_code for _ in range(10)]
    assert statuses == [422] * 9 + [429]
    response = client.post("/account/password/", form | {"old_password": PASSWORD}, REMOTE_ADDR=HERE)
    assert response.status_code == 429
    assert "Try again in 15 minutes." in response.text
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


# --- what is kept ---


def test_of_a_failure_neither_password_nor_browser_is_kept(client: Client, ana: User) -> None:
    attempt(client, "ana", WRONG, HTTP_USER_AGENT="a browser of its own")
    form = {"old_password": WRONG, "new_password1": "otra-cosa-muy-distinta", "new_password2": "otra-cosa-muy-distinta"}
    browser_of(ana).client.post("/account/password/", form, REMOTE_ADDR=HERE)
    [kept] = AccessAttempt.objects.values()
    assert (kept["username"], kept["ip_address"], kept["failures_since_start"]) == ("ANA", HERE, 2)
    assert not any(word in json.dumps(kept, default=str) for word in (WRONG, "otra-cosa", "browser"))


def test_of_a_failure_neither_name_nor_password_is_logged(
    client: Client, ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    """People type their password where the name belongs."""
    caplog.set_level(logging.INFO)
    fails_often(client, "my-secret", 11)
    assert caplog.records
    assert "my-secret" not in caplog.text
    assert WRONG not in caplog.text


def test_what_is_over_is_cleared_away_by_the_next_failure(client: Client, ana: User) -> None:
    for number in range(5):
        attempt(client, f"nobody{number}", WRONG)
    time_passes(minutes=15)
    attempt(client, "ana", WRONG)
    assert [kept.username for kept in AccessAttempt.objects.all()] == ["ANA"]


def test_who_signed_in_when_is_not_kept(client: Client, ana: User) -> None:
    assert attempt(client, "ana", PASSWORD).status_code == 302
    client.post("/sign-out/")
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize("name", ["ana", "Ana", "ANA", "\N{FULLWIDTH LATIN CAPITAL LETTER A}na"])
def test_one_name_is_meant_by_all_its_spellings(name: str, rf: Any) -> None:
    assert name_meant(rf.post("/sign-in/"), {"username": name}) == "ANA"
    assert name_meant(rf.post("/sign-in/", {"username": name}), None) == "ANA"
