"""One's own account: what the pages do, and what they refuse."""

from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import ProfilePicture, User
from tests.people import PASSWORD, Browser, browser_of

NEW = "otra-cosa-muy-distinta"
PAGES = ["/account/", "/account/password/"]
DOORS = ["/account/about/", "/account/picture/", "/account/picture/remove/", "/account/sign-out-everywhere/"]


@pytest.fixture
def browser(berto: User) -> Browser:
    return browser_of(berto)


def portrait(width: int = 300, height: int = 200) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return SimpleUploadedFile("holiday.gif", file.getvalue(), content_type="text/html")


def is_signed_in(browser: Browser) -> bool:
    return browser.client.get("/account/").status_code == 200


# --- who may ---


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_the_door(client: Client, ana: User, path: str) -> None:
    for response in (client.get(path), client.post(path)):
        assert (response.status_code, response.headers["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("path", DOORS)
def test_nor_may_they_change_anything(client: Client, ana: User, path: str) -> None:
    assert client.post(path).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", DOORS)
def test_a_link_changes_nothing(browser: Browser, path: str) -> None:
    assert browser.client.get(path).status_code == 405
    assert is_signed_in(browser)


@pytest.mark.parametrize("path", [*DOORS, "/account/password/"])
def test_another_page_changes_nothing(berto: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(berto)
    assert client.post(path).status_code == 403


# --- about oneself ---


def test_what_one_says_of_oneself_is_kept(browser: Browser, berto: User) -> None:
    response = browser.client.post("/account/about/", {"about": "  Bakes bread.  "}, follow=True)
    assert response.redirect_chain == [("/account/", 302)]
    berto.refresh_from_db()
    assert berto.about == "Bakes bread."
    assert 'value="Bakes bread."' in response.text


def test_it_may_be_taken_back(browser: Browser, berto: User) -> None:
    browser.client.post("/account/about/", {"about": "Bakes bread."})
    browser.client.post("/account/about/", {"about": ""})
    berto.refresh_from_db()
    assert berto.about == ""


@pytest.mark.parametrize("about", ["x" * 161, "a\x00b"])
def test_what_is_too_long_or_no_text_is_not_kept(browser: Browser, berto: User, about: str) -> None:
    response = browser.client.post("/account/about/", {"about": about})
    assert response.status_code == 422
    assert response.context["about_form"].errors
    berto.refresh_from_db()
    assert berto.about == ""


def test_one_can_change_nothing_else_with_it(browser: Browser, berto: User) -> None:
    browser.client.post("/account/about/", {"about": "x", "username": "ana2", "is_staff": "on", "is_superuser": "on"})
    berto.refresh_from_db()
    assert (berto.username, berto.is_staff, berto.is_superuser) == ("berto", False, False)


# --- the picture ---


def test_a_picture_is_judged_by_what_is_in_it_and_kept(browser: Browser, berto: User) -> None:
    response = browser.client.post("/account/picture/", {"picture": portrait()}, follow=True)
    assert response.redirect_chain == [("/account/", 302)]
    berto.refresh_from_db()
    assert berto.picture_url is not None
    assert berto.picture_url in response.text
    assert ProfilePicture.objects.get().user == berto


def test_the_same_picture_has_the_same_address_and_another_one_another(browser: Browser, berto: User) -> None:
    addresses = []
    for size in ((300, 200), (300, 200), (300, 301)):
        picture = portrait(*size) if size != (300, 301) else SimpleUploadedFile("x.png", _of("red"))
        browser.client.post("/account/picture/", {"picture": picture})
        berto.refresh_from_db()
        addresses.append(berto.picture_url)
    assert addresses[0] == addresses[1] != addresses[2]
    assert ProfilePicture.objects.count() == 1


def _of(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"GIF89a", "not a picture"),
        (_of("red")[:60], "not a picture"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 5_300_000, "larger than 5 MB"),
        (b"", "empty"),
    ],
)
def test_what_is_none_is_refused_in_words(browser: Browser, berto: User, content: bytes, said: str) -> None:
    response = browser.client.post("/account/picture/", {"picture": SimpleUploadedFile("me.png", content)})
    assert response.status_code == 422
    assert said in str(response.context["picture_form"].errors)
    berto.refresh_from_db()
    assert berto.picture_url is None


def test_without_a_file_there_is_nothing_to_use(browser: Browser) -> None:
    assert browser.client.post("/account/picture/").status_code == 422


def test_a_picture_is_taken_away_again(browser: Browser, berto: User) -> None:
    browser.client.post("/account/picture/", {"picture": portrait()})
    for _ in range(2):
        assert browser.client.post("/account/picture/remove/").status_code == 302
    berto.refresh_from_db()
    assert berto.picture_url is None
    assert not ProfilePicture.objects.exists()


# --- the password ---


def change_password(browser: Browser, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    form = {"old_password": old, "new_password1": new, "new_password2": again}
    return browser.client.post("/account/password/", form).status_code


def test_with_a_new_password_this_session_goes_on_and_all_others_end(browser: Browser, berto: User) -> None:
    elsewhere, key = browser_of(berto), browser.session_key
    assert change_password(browser) == 302
    assert is_signed_in(browser)
    assert browser.session_key != key
    assert not is_signed_in(elsewhere)
    berto.refresh_from_db()
    assert berto.check_password(NEW)


@pytest.mark.parametrize(
    "form",
    [
        {"old": "not-his-password"},
        {"old": ""},
        {"again": "something-else-altogether"},
        {"new": "short", "again": "short"},
        {"new": "password12", "again": "password12"},
        {"new": "", "again": ""},
    ],
)
def test_a_password_that_will_not_do_changes_nothing(browser: Browser, berto: User, form: dict[str, str]) -> None:
    elsewhere = browser_of(berto)
    assert change_password(browser, **form) == 422
    berto.refresh_from_db()
    assert berto.check_password(PASSWORD)
    assert is_signed_in(browser)
    assert is_signed_in(elsewhere)


def test_the_old_session_key_is_worth_nothing_afterwards(browser: Browser) -> None:
    stolen = Client()
    stolen.cookies["sessionid"] = browser.session_key
    assert stolen.get("/account/").status_code == 200
    assert change_password(browser) == 302
    assert stolen.get("/account/").status_code == 302


# --- everywhere ---


def test_signing_out_everywhere_ends_all_sessions_and_this_one(browser: Browser, ana: User, berto: User) -> None:
    elsewhere, anas = browser_of(berto), browser_of(ana)
    response = browser.client.post("/account/sign-out-everywhere/", follow=True)
    assert response.redirect_chain == [("/sign-in/", 302)]
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["You are signed out everywhere."]
    assert "You are signed out everywhere." in response.text
    assert [is_signed_in(one) for one in (browser, elsewhere, anas)] == [False, False, True]


def test_who_signs_in_again_stays_in(browser: Browser, berto: User) -> None:
    for _ in range(3):
        before, after = browser_of(berto), Client()
        browser_of(berto).client.post("/account/sign-out-everywhere/")
        assert not is_signed_in(before)
        form = {"username": "berto", "password": PASSWORD, "next": "/account/"}
        assert after.post("/sign-in/", form, follow=True).status_code == 200
        assert is_signed_in(Browser(after))
        berto.refresh_from_db()


def test_tokens_stay_good(berto: User, token: str, bot: User) -> None:
    browser_of(bot).client.post("/account/sign-out-everywhere/")
    headers = {"Authorization": f"Bearer {token}"}
    assert Client(headers=headers).get("/api/v1/me/").status_code == 200
