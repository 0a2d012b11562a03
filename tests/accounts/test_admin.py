"""The admin: for administrators, who deactivate people and do not delete them."""

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from accounts.pictures import Squares
from accounts.services import set_picture
from tests.people import PASSWORD, browser_of


def test_an_administrator_may(ana: User, berto: User) -> None:
    admin = browser_of(ana).client
    for page in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{berto.pk}/change/", "/admin/chat/room/"):
        assert admin.get(page).status_code == 200


def test_nobody_else_may(berto: User) -> None:
    response = browser_of(berto).client.get("/admin/accounts/user/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_nobody_is_deleted(ana: User, berto: User) -> None:
    assert browser_of(ana).client.post(f"/admin/accounts/user/{berto.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=berto.pk).exists()


def test_a_person_can_be_added(ana: User) -> None:
    form = {"username": "dora", "password1": "nueve-cafes-cortados", "password2": "nueve-cafes-cortados"}
    form["usable_password"] = "true"
    assert browser_of(ana).client.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.get(username="dora").check_password("nueve-cafes-cortados")


def test_a_picture_that_offends_is_taken_away(ana: User, berto: User) -> None:
    set_picture(user=berto, picture=Squares(small=b"small", large=b"large"))
    form = {"action": "remove_pictures", "_selected_action": [berto.pk, ana.pk]}
    assert browser_of(ana).client.post("/admin/accounts/user/", form).status_code == 302
    berto.refresh_from_db()
    assert berto.picture_url is None
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"ana", "berto"}


def test_somebody_is_signed_out_everywhere(ana: User, berto: User) -> None:
    admin, bertos = browser_of(ana).client, browser_of(berto).client
    form = {"action": "sign_out_everywhere", "_selected_action": [berto.pk]}
    assert admin.post("/admin/accounts/user/", form).status_code == 302
    assert bertos.get("/account/").status_code == 302
    assert admin.get("/account/").status_code == 200


def test_a_pause_is_ended(ana: User, berto: User) -> None:
    door, admin = Client(), browser_of(ana).client
    statuses = [door.post("/sign-in/", {"username": "berto", "password": "wrong"}).status_code for _ in range(10)]
    assert statuses[-1] == 429
    assert "BERTO" in admin.get("/admin/axes/accessattempt/").text
    [failed] = AccessAttempt.objects.all()
    assert admin.get(f"/admin/axes/accessattempt/{failed.pk}/change/").status_code == 200
    assert admin.post(f"/admin/axes/accessattempt/{failed.pk}/delete/", {"post": "yes"}).status_code == 302
    assert door.post("/sign-in/", {"username": "berto", "password": PASSWORD}).status_code == 302


def test_nobody_else_does_any_of_that(berto: User) -> None:
    client = browser_of(berto).client
    for path in ("/admin/accounts/user/", "/admin/axes/accessattempt/"):
        assert client.post(path, {"action": "sign_out_everywhere", "_selected_action": [berto.pk]}).status_code == 302
    assert client.get("/account/").status_code == 200
