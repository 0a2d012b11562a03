"""How people come in: the first run, the join link, signing in and out."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.services import join_code
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.people import PASSWORD

pytestmark = pytest.mark.browser


def test_the_first_run_makes_the_administrator_and_opens_the_first_room(new_site: Site, visit_to: Visit) -> None:
    ana = visit_to(new_site)
    for path in ("/", "/rooms/lobby/", "/sign-in/", "/invite/", "/admin/", "/nowhere/"):
        ana.goes_to(path)
        assert ana.path == "/first-run/", f"{path} led to {ana.path}"
    spanish = visit_to(new_site, locale="es-MX")
    spanish.goes_to("/")
    spanish.sees_heading("Te damos la bienvenida a Tertulia")

    ana.fills_in("Your name", "ana")
    ana.fills_in("Password", PASSWORD)
    ana.fills_in("Your first room", "Plaza")
    ana.presses("Open the room")
    ana.arrives_at("/rooms/lobby/")
    ana.sees_heading("Plaza")
    ana.is_connected()
    ana.goes_to("/invite/")
    ana.sees_heading("Invite people")
    ana.goes_to("/first-run/")
    assert ana.path == "/"


def test_a_password_that_will_not_do_is_said_beside_its_field(new_site: Site, visit_to: Visit) -> None:
    ana = visit_to(new_site)
    ana.goes_to("/")
    ana.fills_in("Your name", "ana")
    ana.fills_in("Password", "password12")
    ana.presses("Open the room")
    ana.sees("This password is too common.")
    ana.forgives("422")
    assert ana.page.get_by_label("Your name").input_value() == "ana"
    ana.fills_in("Password", PASSWORD)
    ana.presses("Open the room")
    ana.arrives_at("/rooms/lobby/")
    ana.is_connected()


def test_whoever_opens_the_join_link_makes_an_account_and_is_in_the_lobby(visit: Visit, ana: User) -> None:
    host = visit(ana).enters("lobby")
    host.opens_menu()
    host.follows("Invite")
    link = host.page.get_by_label("Link to join").input_value()
    host.enters("lobby")

    berto = visit()
    berto.goes_to(link.removeprefix(host.url))
    berto.sees_heading("You are invited")
    berto.fills_in("Your name", "berto")
    berto.fills_in("Password", PASSWORD)
    berto.presses("Join")
    berto.arrives_at("/rooms/lobby/")
    berto.is_connected()
    host.sees("berto joined")


def test_a_link_that_was_renewed_leads_nowhere(visit: Visit, ana: User) -> None:
    host = visit(ana)
    host.goes_to("/invite/")
    shown = host.page.get_by_label("Link to join")
    old = shown.input_value()
    host.unfolds("Renew the link")
    host.presses("Make a new link")
    expect(shown).not_to_have_value(old)
    new = shown.input_value()

    someone = visit()
    assert someone.goes_to(old) == 404
    someone.forgives("404")
    assert someone.goes_to(new) == 200


def test_who_signs_out_can_sign_in_again(visit: Visit, lobby: object) -> None:
    berto = visit()
    berto.goes_to(join_link())
    berto.fills_in("Your name", "berto")
    berto.fills_in("Password", PASSWORD)
    berto.presses("Join")
    berto.opens_menu()
    berto.presses("Sign out")
    berto.arrives_at("/sign-in/")

    berto.goes_to("/rooms/lobby/")
    assert berto.path == "/sign-in/?next=/rooms/lobby/"
    berto.signs_in("Berto", PASSWORD)
    berto.arrives_at("/rooms/lobby/")
    berto.is_connected()


def test_a_wrong_password_does_not_say_whether_the_name_was_right(visit: Visit, ana: User) -> None:
    someone = visit()
    someone.goes_to("/sign-in/")
    said = []
    for name in ("ana", "nobody"):
        someone.signs_in(name, "not-her-password")
        said.append(someone.page.get_by_role("alert").inner_text())
    assert said[0] == said[1] != ""
    assert someone.path == "/sign-in/"


def test_who_signs_out_in_one_tab_is_signed_out_in_the_other(visit: Visit, ana: User) -> None:
    reader = visit(ana).enters("lobby")
    other_tab = reader.context.new_page()
    other_tab.goto("/")
    other_tab.get_by_role("button", name="Account").click()
    other_tab.get_by_role("button", name="Sign out").click()
    reader.sees("You are signed out.")
    assert not reader.composer.is_visible()


def join_link() -> str:
    return f"/join/{join_code()}/"
