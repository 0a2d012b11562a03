"""Uploads by the API: a form with one file, and what is answered to others."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from accounts.tokens import issue_token
from chat import upload_handler
from chat.models import Room, Upload
from tests.fuzzing import effort
from tests.pictures.samples import bomb, drawing, file_of

UPLOADS = "/api/v1/rooms/lobby/uploads/"
TEXT = b"hola a todos\n"


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = str(tmp_path)
    return tmp_path


def program_of(user: User) -> Client:
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {issue_token(user=user)}"})


@pytest.fixture
def bertos(berto: User) -> Client:
    return program_of(berto)


def bring(client: Client, data: bytes = TEXT, name: str = "hola.txt", to: str = UPLOADS, **headers: str) -> Any:
    return client.post(to, {"file": SimpleUploadedFile(name, data)}, headers=headers)


def error(response: Any) -> tuple[int, str]:
    answer = response.json()
    assert set(answer) == {"error"}
    assert answer["error"]["message"]
    return response.status_code, answer["error"]["code"]


def left(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if path.is_file()]


def test_a_file_is_answered_with_what_a_post_names(bertos: Client) -> None:
    response = bring(bertos)
    assert response.status_code == 201
    upload = Upload.objects.get()
    assert response.json() == {
        "id": str(upload.pk),
        "name": "hola.txt",
        "size": len(TEXT),
        "type": "text/plain",
        "url": f"/files/{upload.pk}/hola.txt",
    }


def test_a_picture_is_answered_with_its_dimensions(bertos: Client) -> None:
    answer = bring(bertos, file_of(drawing(1440, 960)), "plano.png").json()
    assert (answer["width"], answer["height"]) == (1440, 960)
    assert answer["thumb"] == {"url": f"/files/thumbs/{answer['id']}.webp", "width": 720, "height": 480}


def test_a_page_sends_its_csrf_token(berto: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(berto)
    assert error(bring(client)) == (403, "forbidden")
    client.get("/rooms/lobby/settings/")
    assert bring(client, X_CSRFToken=client.cookies["csrftoken"].value).status_code == 201


def test_nobody_who_is_not_signed_in_brings_anything(lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> None:
        pytest.fail("it was read")

    monkeypatch.setattr(upload_handler, "new_incoming", read)
    strangers = Client(enforce_csrf_checks=True)
    assert error(bring(strangers)) == (401, "not_signed_in")
    strangers.get("/sign-in/")  # which gives them a CSRF token
    token = strangers.cookies["csrftoken"].value
    assert error(bring(strangers, X_CSRFToken=token)) == (401, "not_signed_in")


def test_to_an_outsider_there_is_no_room(root: Path, lobby: Room, carla: User) -> None:
    carlas = program_of(carla)
    assert error(bring(carlas)) == (404, "not_found")
    assert error(carlas.delete(f"{UPLOADS}{uuid4()}/")) == (404, "not_found")
    assert left(root) == []


def test_a_file_that_is_too_big_is_refused_before_it_is_read(
    root: Path, bertos: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000

    def read() -> None:
        pytest.fail("it was read")

    with monkeypatch.context() as watched:
        watched.setattr(upload_handler, "new_incoming", read)
        assert error(bring(bertos, b"x" * 1000)) == (413, "too_big")
    assert bring(bertos, b"x" * 700).status_code == 201


def test_a_picture_of_too_many_pixels_is_too_big(root: Path, bertos: Client) -> None:
    assert error(bring(bertos, bomb(60_000, 60_000))) == (413, "too_big")
    assert left(root) == []


def test_a_disk_that_is_full_is_unavailable(
    bertos: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload_handler, "new_incoming", full)
    response = bring(bertos)
    assert error(response) == (503, "unavailable")
    assert response.headers["Retry-After"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"hola", "multipart/form-data"),
        (b"hola", "multipart/form-data; boundary=\xff"),
        (b'{"file": "hola"}', "application/json"),
        (b"file=hola", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhola\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nhola\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhola\r\n' * 2 + b"--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(root: Path, bertos: Client, body: bytes, content_type: str) -> None:
    assert error(bertos.generic("POST", UPLOADS, body, content_type=content_type)) == (400, "bad_frame")
    assert left(root) == []


def test_who_brought_it_drops_it_once(bertos: Client, ana: User) -> None:
    upload_id = bring(bertos).json()["id"]
    assert error(program_of(ana).delete(f"{UPLOADS}{upload_id}/")) == (404, "not_found")
    assert bertos.delete(f"{UPLOADS}{upload_id}/").status_code == 204
    assert error(bertos.delete(f"{UPLOADS}{upload_id}/")) == (404, "not_found")
    assert error(bertos.delete(f"{UPLOADS}17/")) == (400, "bad_frame")


def test_a_name_of_any_length_is_taken(bertos: Client) -> None:
    response = bring(bertos, name="a." + "b" * 300)
    assert response.status_code == 201
    assert len(response.json()["name"]) <= 255


@pytest.fixture
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a picture the decoder is tried elsewhere (tests/pictures)."""
    monkeypatch.setattr("chat.uploads.look_at", lambda *args, **kwargs: None)


@pytest.mark.usefixtures("_nothing_is_kept")
def test_any_body_is_kept_or_refused_by_name(root: Path, bertos: Client) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhola\r\n--x--\r\n'

    @effort(150, suppress_health_check=[HealthCheck.too_slow])
    @given(changes=st.lists(st.tuples(st.integers(0, len(form) - 1), st.integers(0, 255)), max_size=4))
    def play(changes: list[tuple[int, int]]) -> None:
        body = bytearray(form)
        for at, value in changes:
            body[at] = value
        response = bertos.generic("POST", UPLOADS, bytes(body), content_type="multipart/form-data; boundary=x")
        if response.status_code == 201:
            Upload.objects.all().delete()
        else:
            assert error(response) == (400, "bad_frame")

    play()
