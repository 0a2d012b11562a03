"""The addresses, and which of them are there."""

import pytest
from django.test import Client
from django.urls import resolve, reverse

from accounts.models import User


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("rooms", [], "/"),
        ("room", ["lobby"], "/rooms/lobby/"),
        ("room-settings", ["lobby"], "/rooms/lobby/settings/"),
        ("room-create", [], "/new-room/"),
        ("room-join", ["lobby"], "/rooms/lobby/join/"),
        ("room-leave", ["lobby"], "/rooms/lobby/leave/"),
        ("room", ["new"], "/rooms/new/"),
        ("room-update", ["lobby"], "/rooms/lobby/update/"),
        ("room-archive", ["lobby"], "/rooms/lobby/archive/"),
        ("room-notices", ["lobby"], "/rooms/lobby/notices/"),
        ("room-log", ["lobby"], "/rooms/lobby/log/"),
        ("direct-new", [], "/directs/new/"),
        ("room-delete", ["lobby"], "/rooms/lobby/delete/"),
        ("member-add", ["lobby"], "/rooms/lobby/members/add/"),
        ("member-remove", ["lobby", 7], "/rooms/lobby/members/7/remove/"),
        ("member-role", ["lobby", 7], "/rooms/lobby/members/7/role/"),
        ("member-mute", ["lobby", 7], "/rooms/lobby/members/7/mute/"),
        ("first-run", [], "/first-run/"),
        ("sign-in", [], "/sign-in/"),
        ("sign-out", [], "/sign-out/"),
        ("account", [], "/account/"),
        ("account-about", [], "/account/about/"),
        ("account-picture", [], "/account/picture/"),
        ("account-picture-remove", [], "/account/picture/remove/"),
        ("account-password", [], "/account/password/"),
        ("sign-out-everywhere", [], "/account/sign-out-everywhere/"),
        ("person", ["ana"], "/people/ana/"),
        ("join", ["code"], "/join/code/"),
        ("invite", [], "/invite/"),
        ("invite-renew", [], "/invite/renew/"),
        ("lab", [], "/lab/"),
    ],
)
def test_an_address_has_a_name_and_the_name_that_address(name: str, arguments: list[object], path: str) -> None:
    assert reverse(name, args=arguments) == path
    assert resolve(path).view_name == name


def test_a_page_that_names_no_icon_gets_ours(client: Client, ana: User) -> None:
    response = client.get("/favicon.ico")
    assert (response.status_code, response.headers["Location"]) == (302, "/static/chat/favicon.svg")
