"""Where a request comes from, and what a client may not say about it."""

from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.addresses import client_address


def address(**headers: Any) -> str | None:
    return client_address(RequestFactory().get("/", **headers))


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::7", "2001:db8:1:2::"),
        ("::1", "::"),
        ("", None),
        ("unix:", None),
        ("203.0.113.7, 203.0.113.8", None),
    ],
)
def test_the_address_that_counts(given: str, counted: str | None, settings: Settings) -> None:
    settings.BEHIND_NGINX = False
    assert address(REMOTE_ADDR=given) == counted
    settings.BEHIND_NGINX = True
    assert address(REMOTE_ADDR="172.18.0.5", HTTP_X_FORWARDED_FOR=given) == counted


def test_two_customers_of_one_provider_are_two(settings: Settings) -> None:
    settings.BEHIND_NGINX = False
    assert address(REMOTE_ADDR="2001:db8:1:2::7") != address(REMOTE_ADDR="2001:db8:1:3::7")


def test_without_nginx_a_client_is_not_believed(settings: Settings) -> None:
    settings.BEHIND_NGINX = False
    assert address(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize("header", ["HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP", "HTTP_X_CLIENT_IP"])
def test_no_other_header_counts(settings: Settings, header: str) -> None:
    settings.BEHIND_NGINX = True
    forged = {header: "198.51.100.1"}
    assert address(HTTP_X_FORWARDED_FOR="203.0.113.7", **forged) == "203.0.113.7"


def test_what_comes_to_us_past_nginx_has_the_address_of_its_connection(settings: Settings) -> None:
    settings.BEHIND_NGINX = True
    assert address(REMOTE_ADDR="127.0.0.1") == "127.0.0.1"


def test_a_request_of_no_connection_has_none() -> None:
    request = RequestFactory().get("/")
    request.META = {}
    assert client_address(request) is None
