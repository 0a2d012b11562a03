"""The first minute: one administrator, one lobby, whoever comes at the same moment."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Installation, User
from accounts.services import AlreadySetUp
from chat.first_run import first_run
from chat.models import Event, Membership, Room
from tests.people import PASSWORD, role_of
from tests.rooms import kinds
from tests.threads import at_once

FORM = {"name": "ana", "password": PASSWORD, "room": "Sobremesa"}


def test_it_makes_the_administrator_and_the_lobby(db: None) -> None:
    ana = first_run(name="ana", password=PASSWORD, room="Sobremesa")
    lobby = Room.objects.get()
    assert (lobby.slug, lobby.name, lobby.private) == ("lobby", "Sobremesa", False)
    assert role_of(ana, lobby) == Membership.Role.OWNER
    assert ana.is_staff
    assert ana.is_superuser
    assert kinds(lobby) == [Event.Kind.MEMBER_JOINED]


def test_it_happens_once(ana: User) -> None:
    with pytest.raises(AlreadySetUp):
        first_run(name="carla", password=PASSWORD)
    assert User.objects.get() == ana
    assert Room.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"name": "not a name"}, {"password": "short"}, {"room": "r" * 81}, {"room": " "}])
def test_what_will_not_do_leaves_nothing_behind(db: None, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        first_run(**{**FORM, **wrong})
    assert not Installation.objects.exists()
    assert not User.objects.exists()
    assert not Room.objects.exists()
    assert first_run(**FORM)


def test_of_those_who_do_it_at_the_same_moment_one_succeeds(transactional_db: None) -> None:
    names = ["ana", "berto", "carla", "dora"]
    outcomes = at_once(*(lambda name=name: first_run(name=name, password=PASSWORD) for name in names))
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadySetUp)]
    assert len(refused) == 3
    [administrator] = [outcome for outcome in outcomes if isinstance(outcome, User)]
    assert User.objects.get() == administrator
    lobby = Room.objects.get()
    assert lobby.slug == "lobby"
    assert Membership.objects.get().user == administrator
    assert Installation.objects.count() == 1


# --- the page ---


def test_who_fills_in_the_form_is_signed_in_to_the_lobby(client: Client, db: None) -> None:
    response = client.post("/first-run/", FORM)
    assert (response.status_code, response.headers["Location"]) == (302, "/rooms/lobby/")
    page = client.get("/rooms/lobby/")
    assert page.status_code == 200
    assert page.context["room"].name == "Sobremesa"
    assert page.context["user"].username == "ana"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "not a name"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"room": ""}, "room"),
    ],
)
def test_what_will_not_do_is_said_beside_its_field(client: Client, db: None, wrong: dict[str, str], field: str) -> None:
    response = client.post("/first-run/", {**FORM, **wrong})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not User.objects.exists()


def test_of_two_forms_at_the_same_moment_one_is_signed_in(transactional_db: None) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        assert browser.get("/first-run/").status_code == 200
    outcomes = at_once(
        *(
            lambda browser=browser, name=name: browser.post("/first-run/", {**FORM, "name": name}).headers["Location"]
            for browser, name in zip(browsers, ("ana", "berto"), strict=True)
        )
    )
    assert sorted(map(str, outcomes)) in (["/rooms/lobby/", "/sign-in/"], ["/", "/rooms/lobby/"])
    assert User.objects.count() == Room.objects.count() == Installation.objects.count() == 1


def test_the_form_is_ours_alone(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/first-run/", FORM).status_code == 403
    assert not User.objects.exists()
