"""The admin: for administrators, who deactivate people and do not delete them."""

from accounts.models import User
from tests.people import browser_of


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
