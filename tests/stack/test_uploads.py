"""Files that people bring: through nginx to the disk, and from the disk through nginx to those who may have them."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.browser.visitor import Visitor
from tests.pictures.samples import drawing, file_of, opened
from tests.stack.checkout import ROOT
from tests.stack.programs import Programs
from tests.stack.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

ROOM = "taller"
PICTURE = file_of(drawing(1440, 960))
TEXT = b"<script>alert(1)</script>"
MAX_BYTES = 20_971_520

# What makes a file harmless, said once by whoever sends it.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


class Caller:
    """Someone who calls the API and fetches files, with a token or with a browser's cookies."""

    def __init__(self, stack: Stack, headers: dict[str, str] | None = None, cookies: Any = None) -> None:
        self._options: Any = {
            "base_url": stack.url,
            "headers": headers,
            "cookies": cookies,
            "timeout": 120,
            "trust_env": False,
        }

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with httpx.Client(**self._options) as client:
            return client.request(method, path, **options)

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._request("GET", path, headers=named)

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._request(method, f"/api/v1{path}", json=body)

    def bring(self, data: bytes, name: str, room: str = ROOM) -> httpx.Response:
        return self._request("POST", f"/api/v1/rooms/{room}/uploads/", files={"file": (name, data)})

    def brings(self, data: bytes, name: str) -> Any:
        """As the wire has it."""
        answer = self.bring(data, name)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def posts(self, *uploads: Any) -> int:
        body = {"client_id": str(uuid4()), "body": "", "uploads": [upload["id"] for upload in uploads]}
        answer = self.ask("POST", f"/rooms/{ROOM}/messages/", body)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["seq"])


def browser(stack: Stack, visitor: Visitor) -> Caller:
    """Who fetches what a page of theirs shows."""
    return Caller(stack, cookies={cookie["name"]: cookie["value"] for cookie in visitor.context.cookies()})


@pytest.fixture(scope="module")
def weather(stack: Stack, token: str) -> Caller:
    """The program, which owns a private room in which ana is, too."""
    weather = Caller(stack, {"Authorization": f"Bearer {token}"})
    made = weather.ask("POST", "/rooms/", {"slug": ROOM, "name": "Taller", "private": True})
    assert made.status_code == 201, made.text
    assert weather.ask("PUT", f"/rooms/{ROOM}/members/ana/").status_code == 204
    return weather


@pytest.fixture
def anas(stack: Stack, ana: Visitor) -> Caller:
    return browser(stack, ana)


@pytest.fixture
def carlas(stack: Stack, carla: Visitor) -> Caller:
    """Of the outsider."""
    return browser(stack, carla)


def on_the_disk(stack: Stack) -> set[str]:
    listed = stack.compose("exec", "-T", "web", "find", "/srv/tertulia/uploads", "-type", "f")
    return {Path(line).name for line in listed.splitlines()}


def wait_until_gone(stack: Stack, upload_id: str) -> None:
    until(lambda: not {upload_id, f"{upload_id}.webp"} & on_the_disk(stack))


def check_harmless(answer: httpx.Response) -> None:
    for name, value in HARMLESS.items():
        assert answer.headers.get_list(name) == [value], name


def test_a_picture_is_shown_to_another_member(weather: Caller, anas: Caller) -> None:
    upload = weather.brings(PICTURE, "el plano de la mañana.png")
    assert (upload["type"], upload["width"], upload["height"]) == ("image/png", 1440, 960)
    weather.posts(upload)
    answer = anas.get(upload["url"])
    assert answer.status_code == 200
    assert answer.content == PICTURE
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    check_harmless(answer)
    thumb = anas.get(upload["thumb"]["url"])
    assert thumb.headers["Content-Type"] == "image/webp"
    assert opened(thumb.content).size == (upload["thumb"]["width"], upload["thumb"]["height"]) == (720, 480)
    check_harmless(thumb)


def test_anything_else_is_a_download(weather: Caller, anas: Caller) -> None:
    upload = weather.brings(TEXT, "página.html")
    weather.posts(upload)
    answer = anas.get(upload["url"])
    assert answer.content == TEXT
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''p%C3%A1gina.html"
    check_harmless(answer)


def test_a_part_is_sent_alone_and_what_is_known_already_not_again(weather: Caller, anas: Caller) -> None:
    upload = weather.brings(PICTURE, "plano.png")
    weather.posts(upload)
    part = anas.get(upload["url"], Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, PICTURE[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(PICTURE)}"
    check_harmless(part)
    again = anas.get(upload["url"], If_None_Match=part.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_to_an_outsider_it_does_not_exist(stack: Stack, weather: Caller, carlas: Caller) -> None:
    upload = weather.brings(PICTURE, "plano.png")
    weather.posts(upload)
    for caller in (carlas, Caller(stack)):
        assert caller.get(upload["url"]).status_code == 404
        assert caller.get(upload["thumb"]["url"]).status_code == 404
    assert carlas.bring(TEXT, "hola.txt").status_code == 403  # without a CSRF token; a program's answer is 404
    assert Caller(stack).bring(TEXT, "hola.txt").status_code == 401


def test_where_the_files_lie_is_not_reached_from_outside(stack: Stack, weather: Caller) -> None:
    upload = weather.brings(PICTURE, "plano.png")
    folder = f"rooms/{upload['id'][:2]}/{upload['id']}"
    assert upload["id"] in on_the_disk(stack)
    for path in (
        f"/uploads-internal/{folder}",
        f"/files/../uploads-internal/{folder}",
        f"/static/../uploads/{folder}",
        f"/static../uploads/{folder}",
        f"/files/{upload['id']}/..%2f..%2f{folder}",
        "/uploads-internal/",
        "/uploads/",
    ):
        # As it stands: a client of HTTP would tidy it up.
        with httpx.Client(trust_env=False) as client:
            request = client.build_request("GET", stack.url)
            request.url = httpx.URL(stack.url).copy_with(raw_path=path.encode())
            assert client.send(request).status_code in {400, 404}, path


def test_a_file_that_is_too_big_is_refused_by_name(stack: Stack, weather: Caller) -> None:
    before = on_the_disk(stack)
    # nginx refuses what is far too big by its length; what is too big by a little is stopped by whoever sees it first.
    for size in (MAX_BYTES * 2, MAX_BYTES + 1):
        answer = weather.bring(b"x" * size, "grande.bin")
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_big"
    assert on_the_disk(stack) == before


def test_a_file_of_almost_the_largest_size_is_taken(weather: Caller, anas: Caller) -> None:
    data = bytes(range(256)) * ((MAX_BYTES - 4096) // 256)
    upload = weather.brings(data, "grande.bin")
    weather.posts(upload)
    assert upload["size"] == len(data)
    assert anas.get(upload["url"]).content == data


def test_files_may_only_be_large_where_they_are_files(weather: Caller) -> None:
    answer = weather.ask("POST", f"/rooms/{ROOM}/messages/", {"body": "x" * (2 << 20)})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_long"


def test_a_picture_of_fifty_megapixels_is_taken_and_web_lives(stack: Stack, weather: Caller) -> None:
    worker = stack.container("web")
    upload = weather.brings(file_of(drawing(10_000, 5000, "RGBA")), "enorme.png")
    assert (upload["width"], upload["height"]) == (10_000, 5000)
    assert stack.container("web").id == worker.id
    assert "ended its decoder" not in worker.said()
    assert "OOM" not in worker.details["State"].get("Error", "")


def test_with_its_message_a_file_is_gone(stack: Stack, weather: Caller, anas: Caller, programs: Programs) -> None:
    first, second = weather.brings(PICTURE, "plano.png"), weather.brings(PICTURE, "plano.png")
    seqs = [weather.posts(first), weather.posts(second)]
    deleted = weather.ask("DELETE", f"/rooms/{ROOM}/messages/{seqs[0]}/?client_id={uuid4()}")
    assert deleted.status_code == 200, deleted.text
    # By a socket it is a ws worker that deletes.
    answer = programs.typed().ask("delete", room=ROOM, client_id=str(uuid4()), seq=seqs[1])
    assert answer["type"] == "ack"
    for upload in (first, second):
        assert anas.get(upload["url"]).status_code == 404
        wait_until_gone(stack, upload["id"])


def test_a_file_outlives_the_container_that_took_it(stack: Stack, weather: Caller, anas: Caller) -> None:
    upload = weather.brings(PICTURE, "plano.png")
    weather.posts(upload)
    before = stack.container("web").id
    stack.up("--no-deps", "--force-recreate", "web")
    assert stack.container("web").id != before
    until(lambda: anas.get(upload["url"]).status_code == 200)
    assert anas.get(upload["url"]).content == PICTURE


def test_nothing_half_way_is_left_and_nginx_only_reads(stack: Stack, weather: Caller) -> None:
    weather.brings(PICTURE, "plano.png")
    assert stack.compose("exec", "-T", "web", "find", "/srv/tertulia/uploads/incoming", "-mindepth", "1") == ""
    assert stack.compose("exec", "-T", "nginx", "find", "/srv/tertulia/bodies", "-type", "f") == ""
    mounts = {mount["Destination"]: mount["RW"] for mount in stack.container("nginx").details["Mounts"]}
    assert mounts["/srv/tertulia/uploads"] is False
    refused = stack.try_compose("exec", "-T", "nginx", "touch", "/srv/tertulia/uploads/x")
    assert refused.returncode != 0


def test_the_command_that_sweeps_runs_in_the_stack(stack: Stack, weather: Caller) -> None:
    assert stack.manage("sweep_uploads") == "0 uploads that were not posted, 0 files that nothing led to.\n"


def test_a_backup_of_the_files_can_be_restored(stack: Stack, weather: Caller) -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    save, restore = re.findall(r"^docker compose exec -T web tar .*$", page, re.MULTILINE)
    upload = weather.brings(TEXT, "hola.txt")
    stack.shell(save)
    stack.compose("exec", "-T", "web", "rm", "-r", "/srv/tertulia/uploads/rooms")
    assert weather.get(upload["url"]).status_code == 404
    stack.shell(restore)
    assert weather.get(upload["url"]).content == TEXT
