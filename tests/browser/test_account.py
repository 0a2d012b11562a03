"""One's own account in the browser: picture, password, signing out everywhere; and who guesses passwords waits."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import User
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import PASSWORD

pytestmark = pytest.mark.browser

NEW = "otra-cosa-muy-distinta"


@pytest.fixture(autouse=True)
def _passwords_that_the_site_can_check(settings: Settings) -> None:
    """It is a process of its own, with Django's own hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Higher than wide, teal above and below, red in the middle."""
    image = Image.new("RGB", (300, 900), "teal")
    image.paste("red", (0, 300, 300, 600))
    path = tmp_path / "me.png"
    image.save(path)
    return path


def faces(visitor: Visitor, address: str) -> list[dict[str, int]]:
    """The pictures of this address on the page, decoded."""
    found = visitor.page.locator(f"img[src='{address}']").evaluate_all(
        "images => Promise.all(images.map(async (image) => (await image.decode(), { width: image.naturalWidth })))"
    )
    return list(found)


def is_signed_out(visitor: Visitor) -> None:
    visitor.sees("You are signed out.")
    expect(visitor.composer).not_to_be_visible()


def test_a_picture_is_chosen_and_shown_to_the_others(visit: Visit, ana: User, berto: User, photo: Path) -> None:
    host = visit(berto)
    host.goes_to("/account/")
    host.page.get_by_label("New picture", exact=True).set_input_files(photo)
    host.presses("Use this picture")
    host.sees("This is your new picture.")
    berto.refresh_from_db()
    address = str(berto.picture_url)
    assert faces(host, address)

    reader = visit(ana)
    reader.goes_to("/people/berto/")
    reader.sees_heading("berto")
    portrait = reader.page.locator(".portrait")
    assert faces(reader, address) == [{"width": 128}]
    middle = portrait.evaluate(
        """image => {
            const canvas = Object.assign(document.createElement('canvas'), { width: 128, height: 128 });
            const brush = canvas.getContext('2d');
            brush.drawImage(image, 0, 0);
            return [...brush.getImageData(64, 2, 1, 1).data];
        }"""
    )
    assert middle[0] > 200, "the middle of the picture is red from edge to edge"
    assert middle[1] < 60

    host.presses("Remove the picture")
    host.sees("Your picture has been removed.")
    assert faces(host, address) == []


def test_what_is_no_picture_is_said_beside_the_field(visit: Visit, berto: User, tmp_path: Path) -> None:
    host = visit(berto)
    host.goes_to("/account/")
    letter = tmp_path / "letter.png"
    letter.write_text("Dear Berto, this is no picture.")
    host.page.get_by_label("New picture", exact=True).set_input_files(letter)
    host.presses("Use this picture")
    host.sees("This is not a picture that browsers can show.")
    host.forgives("422")


def test_what_one_says_of_oneself_is_read_by_the_others(visit: Visit, ana: User, berto: User) -> None:
    host = visit(berto)
    host.goes_to("/account/")
    host.fills_in("About you", "Bakes bread.")
    host.presses("Save")
    host.sees("Saved.")
    reader = visit(ana)
    reader.goes_to("/people/berto/")
    reader.sees("Bakes bread.")


def test_a_new_password_ends_the_other_browser_and_not_this_one(visit: Visit, berto: User) -> None:
    elsewhere = visit(berto).enters("lobby")
    here = visit(berto).enters("lobby")
    desk = here.in_another_tab()
    desk.goes_to("/account/")
    desk.follows("Change the password")
    desk.fills_in("Old password", PASSWORD)
    desk.fills_in("New password", NEW)
    desk.fills_in("New password, once more", NEW)
    desk.presses("Change the password")
    desk.sees("Your password has been changed.")
    is_signed_out(elsewhere)
    here.says("still here")
    here.hears("still here")

    elsewhere.goes_to("/sign-in/")
    elsewhere.signs_in("berto", PASSWORD)
    elsewhere.sees("Please enter a correct")
    elsewhere.signs_in("berto", NEW)
    elsewhere.arrives_at("/")


def test_signing_out_everywhere_cuts_an_open_room_in_another_browser(visit: Visit, ana: User, berto: User) -> None:
    elsewhere, reader = visit(berto).enters("lobby"), visit(ana).enters("lobby")
    here = visit(berto)
    here.goes_to("/account/")
    here.unfolds("Sign out everywhere")
    here.presses("Sign out everywhere")
    here.arrives_at("/sign-in/")
    here.sees("You are signed out everywhere.")
    is_signed_out(elsewhere)
    here.goes_to("/rooms/lobby/")
    assert here.path == "/sign-in/?next=/rooms/lobby/"
    here.signs_in("berto", PASSWORD)
    here.arrives_at("/rooms/lobby/")
    here.is_connected()
    reader.says("nobody else was cut off")
    here.hears("nobody else was cut off")


def test_whoever_guesses_is_told_to_wait(visit: Visit, ana: User) -> None:
    guesser = visit()
    guesser.goes_to("/sign-in/")
    for _ in range(10):
        guesser.signs_in("ana", "not-her-password")
    guesser.sees("Try again in 15 minutes.")
    guesser.signs_in("ana", PASSWORD)
    assert guesser.path == "/sign-in/"
    guesser.sees("Too many attempts failed here.")
    guesser.forgives("429")


def test_an_account_is_kept_with_the_keyboard_alone_on_a_phone_too(visit: Visit, berto: User) -> None:
    for phone in (False, True):
        host = visit(berto, phone=phone)
        for path in ("/account/", "/account/password/", "/people/berto/"):
            assert host.goes_to(path) == 200
            assert not host.scrolls_sideways, path
        host.goes_to("/account/")
        host.page.get_by_label("About you", exact=True).focus()
        host.page.keyboard.type("Bakes bread.")
        host.page.keyboard.press("Enter")
        host.sees("Saved.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_wrong_with_these_pages(visit: Visit, berto: User, photo: Path, dark: bool) -> None:
    host, guesser = visit(berto, dark=dark), visit(dark=dark)
    host.goes_to("/account/")
    assert violations(host) == []
    host.page.get_by_label("New picture", exact=True).set_input_files(photo)
    host.presses("Use this picture")
    host.sees("This is your new picture.")
    host.unfolds("Sign out everywhere")
    assert violations(host) == []
    for path in ("/account/password/", "/people/berto/"):
        host.goes_to(path)
        assert violations(host) == [], path
    guesser.goes_to("/sign-in/")
    guesser.signs_in("berto", "not-his-password")
    assert violations(guesser) == []
