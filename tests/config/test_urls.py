"""The addresses, and which of them are there."""

import pytest
from django.urls import resolve, reverse


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("rooms", [], "/"),
        ("room", ["lobby"], "/rooms/lobby/"),
        ("room-settings", ["lobby"], "/rooms/lobby/settings/"),
        ("room-create", [], "/rooms/new/"),
        ("room-join", ["lobby"], "/rooms/lobby/join/"),
        ("room-leave", ["lobby"], "/rooms/lobby/leave/"),
        ("room-rename", ["lobby"], "/rooms/lobby/rename/"),
        ("room-delete", ["lobby"], "/rooms/lobby/delete/"),
        ("member-add", ["lobby"], "/rooms/lobby/members/add/"),
        ("member-remove", ["lobby", 7], "/rooms/lobby/members/7/remove/"),
        ("first-run", [], "/first-run/"),
        ("sign-in", [], "/sign-in/"),
        ("sign-out", [], "/sign-out/"),
        ("join", ["code"], "/join/code/"),
        ("invite", [], "/invite/"),
        ("invite-renew", [], "/invite/renew/"),
        ("lab", [], "/lab/"),
    ],
)
def test_an_address_has_a_name_and_the_name_that_address(name: str, arguments: list[object], path: str) -> None:
    assert reverse(name, args=arguments) == path
    assert resolve(path).view_name == name
