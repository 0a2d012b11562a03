"""Who may have a file, and in what form it comes: a picture to look at, anything else as a download."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.tokens import issue_token
from chat.models import Membership, Message, Room, Upload
from chat.upload_files import new_incoming, on_disk, path_of, thumb_path_of
from chat.upload_names import tidy_name
from chat.upload_view import upload_dict
from chat.uploads import store_upload
from tests.fuzzing import effort
from tests.people import browser_of
from tests.pictures.samples import KINDS, drawing, file_of, opened
from tests.rooms import say

TEXT = b"hola a todos\n"
EVIL = [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<!doctype html><script>alert(1)"]


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = str(tmp_path)
    return tmp_path


def posted(by: User, data: bytes = TEXT, name: str = "hola.txt") -> Any:
    """As the wire has it."""
    upload = brought(by, data, name)
    upload.message = Message.objects.get(room=upload.room, seq=say(by, "lobby", "mira"))
    upload.save()
    return upload_dict(upload)


def brought(by: User, data: bytes = TEXT, name: str = "hola.txt") -> Upload:
    with new_incoming() as file:
        file.write(data)
        file.flush()
        return store_upload(by=by, slug="lobby", file=UploadedFile(file, name, size=len(data)))


def client_of(user: User) -> Client:
    return browser_of(user).client


def get(client: Client, url: str, **headers: str) -> Any:
    """The answer, read to its end; `body` has that."""
    response: Any = client.get(url, headers=headers)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


# --- who may ---


def test_each_member_of_the_room_has_it(ana: User, berto: User) -> None:
    upload = posted(berto, file_of(drawing()), "plano.png")
    for user in (ana, berto):
        assert get(client_of(user), upload["url"]).status_code == 200
        assert get(client_of(user), upload["thumb"]["url"]).status_code == 200


def test_to_anybody_else_it_does_not_exist(berto: User, carla: User) -> None:
    upload = posted(berto, file_of(drawing()), "plano.png")
    for client in (client_of(carla), Client()):
        for url in (upload["url"], upload["thumb"]["url"]):
            assert get(client, url).status_code == 404


def test_who_is_removed_has_it_no_more(berto: User, ana: User) -> None:
    upload = posted(ana)
    bertos = client_of(berto)
    assert get(bertos, upload["url"]).status_code == 200
    Membership.objects.filter(user=berto).delete()
    assert get(bertos, upload["url"]).status_code == 404


def test_who_is_muted_and_who_is_in_an_archived_room_go_on_reading(berto: User, ana: User, lobby: Room) -> None:
    upload = posted(ana)
    Membership.objects.filter(user=berto).update(muted_until=timezone.now().replace(year=2999))
    Room.objects.filter(pk=lobby.pk).update(archived_at=timezone.now())
    assert get(client_of(berto), upload["url"]).status_code == 200


def test_before_it_is_posted_it_is_for_who_brought_it(berto: User, ana: User) -> None:
    upload = upload_dict(brought(berto, file_of(drawing())))
    for url in (upload["url"], upload["thumb"]["url"]):
        assert get(client_of(berto), url).status_code == 200
        assert get(client_of(ana), url).status_code == 404
    Membership.objects.filter(user=berto).delete()
    assert get(client_of(berto), upload["url"]).status_code == 404


def test_a_program_has_it_with_its_token(berto: User, carla: User, bot: User) -> None:
    upload = posted(berto)
    for user, status in ((bot, 200), (carla, 404)):
        bearer = Client(headers={"Authorization": f"Bearer {issue_token(user=user)}"})
        assert get(bearer, upload["url"]).status_code == status
    wrong = get(client_of(berto), upload["url"], Authorization="Bearer tertulia_mañana")
    assert wrong.status_code == 404


def test_another_address_is_no_file(berto: User) -> None:
    text, picture = posted(berto), posted(berto, file_of(drawing()), "plano.png")
    bertos = client_of(berto)
    for url in (
        f"/files/{text['id']}/nomina.pdf",
        f"/files/{text['id']}/",
        f"/files/thumbs/{text['id']}.webp",
        f"/files/{picture['id']}",
        f"/files/{uuid4()}/hola.txt",
        "/files/nonsense/hola.txt",
        "/uploads-internal/" + path_of(Upload.objects.get(pk=text["id"]).pk),
    ):
        assert get(bertos, url).status_code == 404, url
    assert bertos.post(text["url"]).status_code == 405


def test_it_takes_three_queries_to_find_out(berto: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    upload = posted(berto)
    bertos = client_of(berto)
    get(bertos, upload["url"])
    with django_assert_num_queries(3):  # the session, who that is, the upload with the membership
        get(bertos, upload["url"])


# --- in what form ---


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_shown(berto: User, kind: str) -> None:
    data = file_of(drawing(), kind)
    upload = posted(berto, data, "el plano.png")
    response = get(client_of(berto), upload["url"])
    assert response.headers["Content-Type"] == f"image/{kind.lower()}"
    assert response.headers["Content-Disposition"] == 'inline; filename="el plano.png"'
    assert response.body == data
    thumb = get(client_of(berto), upload["thumb"]["url"])
    assert thumb.headers["Content-Type"] == "image/webp"
    assert opened(thumb.body).size == (64, 48)


@pytest.mark.parametrize("data", [TEXT, *EVIL, b"%PDF-1.7\n\x80", b"GIF89a<script>"])
@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.png", "a.pdf"])
def test_anything_else_is_a_download_whatever_it_is_called(berto: User, data: bytes, name: str) -> None:
    response = get(client_of(berto), posted(berto, data, name)["url"])
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.body == data


@pytest.mark.parametrize("by_nginx", [False, True])
@pytest.mark.parametrize("data", [TEXT, file_of(drawing())])
def test_each_has_the_headers_that_make_it_harmless(
    berto: User, settings: Settings, data: bytes, by_nginx: bool
) -> None:
    settings.UPLOADS_BY_NGINX = by_nginx
    headers = get(client_of(berto), posted(berto, data)["url"]).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-cache"


def test_a_name_in_any_script_is_kept_and_none_breaks_out_of_its_header(berto: User) -> None:
    upload = posted(berto, TEXT, 'reunión "de" hoy.txt')
    response = get(client_of(berto), upload["url"])
    assert response.headers["Content-Disposition"] == ("attachment; filename*=utf-8''reuni%C3%B3n%20%22de%22%20hoy.txt")


NAMES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"'\\%;=\r\n/?#&. é😀"), max_size=60)


def test_every_name_that_is_kept_has_an_address_that_leads_to_its_file(berto: User) -> None:
    bertos = client_of(berto)
    upload = brought(berto)

    @effort(200)
    @given(name=NAMES)
    def play(name: str) -> None:
        upload.name = tidy_name(name)
        upload.save()
        response = get(bertos, upload_dict(upload)["url"])
        assert response.status_code == 200
        assert response.headers["Content-Disposition"].startswith("attachment; filename")
        assert not set("\r\n") & set(response.headers["Content-Disposition"])

    play()


def test_a_file_called_like_a_thumbnail_is_not_taken_for_one(berto: User) -> None:
    data = file_of(drawing())
    upload = posted(berto, data, "thumb.webp")
    assert get(client_of(berto), upload["url"]).body == data


def test_nginx_is_told_where_the_file_lies_and_sends_it(berto: User, settings: Settings) -> None:
    settings.UPLOADS_BY_NGINX = True
    upload = Upload.objects.get(pk=posted(berto, file_of(drawing()), "plano.png")["id"])
    bertos = client_of(berto)
    response = get(bertos, upload_dict(upload)["url"])
    assert response.headers["X-Accel-Redirect"] == f"/uploads-internal/{path_of(upload.pk)}"
    assert response.headers["Content-Type"] == "image/png"
    assert response.content == b""
    thumb = get(bertos, upload_dict(upload)["thumb"]["url"])
    assert thumb.headers["X-Accel-Redirect"] == f"/uploads-internal/{thumb_path_of(upload.pk)}"


def test_who_has_it_already_is_told_so_while_they_may(berto: User) -> None:
    upload = posted(berto)
    bertos = client_of(berto)
    since = get(bertos, upload["url"]).headers["Last-Modified"]
    again = get(bertos, upload["url"], If_Modified_Since=since)
    assert (again.status_code, again.body) == (304, b"")
    Membership.objects.filter(user=berto).delete()
    assert get(bertos, upload["url"], If_Modified_Since=since).status_code == 404


def test_a_file_that_is_not_there_is_not_found(berto: User) -> None:
    upload = brought(berto)
    on_disk(path_of(upload.pk)).unlink()
    assert get(client_of(berto), upload_dict(upload)["url"]).status_code == 404
