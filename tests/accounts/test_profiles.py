"""What everyone here can see of somebody, and nobody else."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.models import Token, User
from accounts.pictures import Squares
from accounts.services import change_about, remove_picture, set_picture
from accounts.tokens import issue_token, revoke_token
from tests.people import browser_of


def squares(colour: str) -> Squares:
    files = [BytesIO(), BytesIO()]
    for file, size in zip(files, (128, 256), strict=True):
        Image.new("RGB", (size, size), colour).save(file, "WEBP")
    return Squares(small=files[0].getvalue(), large=files[1].getvalue())


@pytest.fixture
def bertos(berto: User) -> Squares:
    """Berto's picture."""
    picture = squares("teal")
    set_picture(user=berto, picture=picture)
    return picture


# --- the page ---


def test_anyone_here_can_read_who_somebody_is(carla: User, berto: User, bertos: Squares) -> None:
    change_about(user=berto, about="Bakes <b>bread</b>.")
    text = browser_of(carla).client.get("/people/Berto/").text
    assert "Bakes &lt;b&gt;bread&lt;/b&gt;." in text
    assert str(berto.picture_url) in text
    assert str(berto.large_picture_url) in text
    assert "Write to berto" in text


def test_nobody_else_can(client: Client, berto: User) -> None:
    assert client.get("/people/berto/").headers["Location"] == "/sign-in/?next=/people/berto/"


@pytest.mark.parametrize("name", ["nobody", "ber", "berto%00", "%00", "%25"])
def test_nobody_has_no_profile(carla: User, berto: User, name: str) -> None:
    assert browser_of(carla).client.get(f"/people/{name}/").status_code == 404


@pytest.mark.parametrize("name", ["ñuñez", "a.b@c+d-e_f", "picture"])
def test_every_name_has_an_address(ana: User, name: str) -> None:
    User.objects.create_user(name)
    assert browser_of(ana).client.get(reverse("person", args=[name])).status_code == 200


def test_ones_own_profile_leads_to_where_it_is_changed(berto: User) -> None:
    text = browser_of(berto).client.get("/people/berto/").text
    assert "Change your profile" in text
    assert "Write to" not in text


def test_who_is_not_here_any_more_cannot_be_written_to(ana: User, berto: User) -> None:
    berto.is_active = False
    berto.save()
    text = browser_of(ana).client.get("/people/berto/").text
    assert "not here any more" in text
    assert "Write to" not in text


def test_a_program_has_a_profile_that_says_so(ana: User, bot: User) -> None:
    assert "program" in browser_of(ana).client.get("/people/bot/").text


# --- the picture ---


def test_the_picture_comes_in_both_sizes_and_need_not_be_asked_for_again(
    carla: User, berto: User, bertos: Squares
) -> None:
    client = browser_of(carla).client
    for address, content in ((berto.picture_url, bertos.small), (berto.large_picture_url, bertos.large)):
        response = client.get(str(address))
        assert (response.status_code, response.content) == (200, content)
        assert response.headers["Content-Type"] == "image/webp"
        assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_it_costs_one_query_beside_those_of_who_is_asking(
    berto: User, bertos: Squares, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, address = browser_of(berto).client, str(berto.picture_url)
    client.get("/account/")
    with django_assert_num_queries(3):  # the session, its user, the picture with its user
        client.get(address)


def test_who_is_not_signed_in_sees_none(client: Client, berto: User, bertos: Squares) -> None:
    assert client.get(str(berto.picture_url)).status_code == 404


def test_a_program_sees_it_with_its_token(client: Client, berto: User, bertos: Squares, bot: User) -> None:
    token = issue_token(user=bot)
    ask = {"Authorization": f"Bearer {token}"}
    assert client.get(str(berto.picture_url), headers=ask).content == bertos.small
    revoke_token(token_id=Token.objects.get().pk)
    assert client.get(str(berto.picture_url), headers=ask).status_code == 404


def test_an_old_address_leads_to_the_present_picture(carla: User, berto: User, bertos: Squares) -> None:
    old = (berto.picture_url, berto.large_picture_url)
    set_picture(user=berto, picture=squares("red"))
    client = browser_of(carla).client
    led = [client.get(str(address)).headers["Location"] for address in old]
    assert led == [berto.picture_url, berto.large_picture_url]
    assert old != (berto.picture_url, berto.large_picture_url)


def test_a_picture_that_was_removed_is_gone(carla: User, berto: User, bertos: Squares) -> None:
    address = str(berto.picture_url)
    remove_picture(user=berto)
    assert (berto.picture_url, berto.large_picture_url) == (None, None)
    assert browser_of(carla).client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/people/0/x.webp", f"/people/{10**30}/x.webp", "/people/1/x-large.webp"])
def test_where_there_is_no_picture_there_is_none(carla: User, address: str) -> None:
    assert browser_of(carla).client.get(address).status_code == 404


def test_the_addresses_are_those_of_the_urls(berto: User, bertos: Squares) -> None:
    kept = {"user_id": berto.pk, "version": berto.picture_version}
    assert berto.picture_url == reverse("picture", kwargs=kept)
    assert berto.large_picture_url == reverse("large-picture", kwargs=kept)
