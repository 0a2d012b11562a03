"""Files that people bring into a room: who may, what becomes of them, and when they go."""

import errno
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from chat import uploads
from chat.errors import BadFrame, Conflict, Forbidden, NotFound, TooBig, TooMany, Unavailable
from chat.models import Membership, Message, Room, Upload
from chat.services import delete_room, erase_room
from chat.upload_files import INCOMING, new_incoming, on_disk, path_of, thumb_path_of
from chat.upload_view import upload_dict
from chat.uploads import (
    SWEPT_AT_ONCE,
    UNPOSTED,
    delete_uploads_of,
    drop_upload,
    store_upload,
    sweep_files,
    sweep_unposted,
)
from pictures.process import Busy
from tests.locks import somebody_waits
from tests.pictures.samples import SECRETS, bomb, drawing, file_of, photo
from tests.rooms import say
from tests.waiting import until

TEXT = b"hola a todos\n"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = str(tmp_path)
    return tmp_path


def arriving(data: bytes, name: str = "hola.txt") -> UploadedFile:
    """As upload_handler.py leaves it."""
    file = new_incoming()
    file.write(data)
    file.flush()
    return UploadedFile(file, name, "text/html", len(data))


def bring(by: User, data: bytes = TEXT, name: str = "hola.txt", room: str = "lobby") -> Upload:
    with arriving(data, name) as file:
        return store_upload(by=by, slug=room, file=file)


def post(upload: Upload, by: User) -> Message:
    """The upload is in a message from now on."""
    message = Message.objects.get(room=upload.room, seq=say(by, upload.room.slug, "mira"))
    Upload.objects.filter(pk=upload.pk).update(message=message)
    return message


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def aged(upload: Upload, by: timedelta) -> None:
    Upload.objects.filter(pk=upload.pk).update(made_at=timezone.now() - by)


def aged_file(path: str, by: timedelta) -> None:
    then = time.time() - by.total_seconds()
    os.utime(on_disk(path), (then, then))


# --- bringing ---


def test_a_file_is_kept_as_it_is_under_its_id(root: Path, berto: User) -> None:
    upload = bring(berto, name="../notas de hoy.txt")
    assert (upload.name, upload.size, upload.type) == ("notas de hoy.txt", len(TEXT), "text/plain")
    assert upload.width is None
    assert files(root) == {path_of(upload.pk)}
    assert on_disk(path_of(upload.pk)).read_bytes() == TEXT
    assert on_disk(path_of(upload.pk)).stat().st_mode & 0o777 == 0o644


def test_a_picture_has_dimensions_and_a_thumbnail(root: Path, berto: User) -> None:
    upload = bring(berto, photo("JPEG", 6, 1600, 1200), "foto.jpg")
    assert (upload.type, upload.width, upload.height) == ("image/jpeg", 1200, 1600)
    assert (upload.thumb_width, upload.thumb_height) == (360, 480)
    assert files(root) == {path_of(upload.pk), thumb_path_of(upload.pk)}
    kept = on_disk(path_of(upload.pk)).read_bytes()
    assert upload.size == len(kept)
    assert [secret for secret in SECRETS if secret in kept] == []


def test_what_a_file_claims_to_be_does_not_count(berto: User) -> None:
    assert bring(berto, b"<script>alert(1)</script>", "foto.png").type == "text/plain"
    assert bring(berto, file_of(drawing()), "factura.pdf").type == "image/png"


def test_the_wire_has_what_the_protocol_says(berto: User) -> None:
    text = bring(berto, name="¿qué?.txt")
    assert upload_dict(text) == {
        "id": str(text.pk),
        "name": "¿qué?.txt",
        "size": len(TEXT),
        "type": "text/plain",
        "url": f"/files/{text.pk}/%C2%BFqu%C3%A9%3F.txt",
    }
    picture = bring(berto, file_of(drawing()), "plano.png")
    assert upload_dict(picture) == {
        "id": str(picture.pk),
        "name": "plano.png",
        "size": picture.size,
        "type": "image/png",
        "url": f"/files/{picture.pk}/plano.png",
        "width": 64,
        "height": 48,
        "thumb": {"url": f"/files/thumbs/{picture.pk}.webp", "width": 64, "height": 48},
    }


def test_an_outsider_brings_nothing(root: Path, carla: User, lobby: Room) -> None:
    for room in ("lobby", "nowhere"):
        with pytest.raises(NotFound):
            bring(carla, room=room)
    assert files(root) == set()


def test_who_is_muted_brings_nothing_until_that_is_over(root: Path, berto: User) -> None:
    Membership.objects.filter(user=berto).update(muted_until=timezone.now() + DAY)
    with pytest.raises(Forbidden):
        bring(berto)
    assert files(root) == set()
    Membership.objects.filter(user=berto).update(muted_until=timezone.now() - DAY)
    assert bring(berto)


def test_an_archived_room_takes_nothing(root: Path, berto: User, lobby: Room) -> None:
    Room.objects.filter(pk=lobby.pk).update(archived_at=timezone.now())
    with pytest.raises(Forbidden):
        bring(berto)
    assert files(root) == set()


def test_who_is_removed_while_the_file_is_looked_at_leaves_nothing(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_at(*args: Any, **kwargs: Any) -> None:
        Membership.objects.filter(user=berto).delete()

    monkeypatch.setattr(uploads, "look_at", look_at)
    with pytest.raises(NotFound):
        bring(berto)
    assert files(root) == set()


@pytest.mark.django_db(transaction=True)
def test_a_room_that_is_erased_while_a_file_comes_into_it_takes_the_file_along(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the upload that has begun to be written; else there would be a row of no room, at the commit."""
    lobby, save = Room.objects.get(), Upload.save

    def erase() -> None:
        try:
            erase_room(room=lobby)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        erasing: list[Future[None]] = []

        def save_meanwhile(upload: Upload, **options: Any) -> None:
            erasing.append(threads.submit(erase))
            until(lambda: erasing[0].done() or somebody_waits())
            save(upload, **options)

        monkeypatch.setattr(Upload, "save", save_meanwhile)
        assert bring(berto).room == lobby
        erasing[0].result()
    assert not Room.objects.exists()
    assert not Upload.objects.exists()
    assert files(root) == set()


@pytest.mark.django_db(transaction=True)
def test_a_file_for_a_room_that_is_erased_at_this_moment_is_not_kept(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby, delete = Room.objects.get(), Room.delete
    with ThreadPoolExecutor(1) as threads:
        bringing: list[Future[Upload]] = []

        def bring_there() -> Upload:
            try:
                return bring(berto)
            finally:
                connection.close()

        def delete_meanwhile(room: Room) -> Any:
            bringing.append(threads.submit(bring_there))
            until(lambda: bringing[0].done() or somebody_waits())
            return delete(room)

        monkeypatch.setattr(Room, "delete", delete_meanwhile)
        erase_room(room=lobby)
        with pytest.raises(NotFound):
            bringing[0].result()
    assert files(root) == set()


def test_an_empty_file_is_refused(root: Path, berto: User) -> None:
    with pytest.raises(BadFrame):
        bring(berto, b"")
    assert files(root) == set()


def test_a_file_over_the_bound_is_refused(root: Path, settings: Settings, berto: User) -> None:
    settings.UPLOAD_MAX_BYTES = len(TEXT)
    assert bring(berto)
    with pytest.raises(TooBig):
        bring(berto, TEXT + b"x")
    assert len(files(root)) == 1


def test_a_picture_of_too_many_pixels_is_refused_by_name(root: Path, berto: User) -> None:
    with pytest.raises(TooBig, match="pixels"):
        bring(berto, bomb(60_000, 60_000))
    assert files(root) == set()


def test_too_many_that_were_not_posted_are_refused_until_one_is(berto: User, ana: User) -> None:
    waiting = [bring(berto) for _ in range(UNPOSTED)]
    with pytest.raises(TooMany):
        bring(berto)
    assert bring(ana)
    post(waiting[0], berto)
    assert bring(berto)


def test_too_many_bytes_that_were_not_posted_are_refused(settings: Settings, berto: User) -> None:
    settings.UPLOAD_MAX_BYTES = len(TEXT)
    for _ in range(5):
        bring(berto)
    with pytest.raises(TooMany):
        bring(berto)


def test_a_disk_that_is_almost_full_takes_none(root: Path, settings: Settings, berto: User) -> None:
    settings.UPLOADS_SPARE_BYTES = 1 << 60
    with pytest.raises(Unavailable):
        bring(berto)
    assert files(root) == set()


@pytest.mark.parametrize("failing", ["fsync", "link"])
def test_a_disk_that_fails_is_answered_unavailable_and_nothing_is_left(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(Unavailable):
        bring(berto, file_of(drawing()))
    assert files(root) == set()
    assert not Upload.objects.exists()


def test_while_too_many_pictures_come_at_once_it_is_unavailable(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: Any, **kwargs: Any) -> None:
        raise Busy

    monkeypatch.setattr(uploads, "look_at", busy)
    with pytest.raises(Unavailable):
        bring(berto, file_of(drawing()))
    assert files(root) == set()


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_leaves_files_for_the_sweep_and_no_row(
    root: Path, berto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the connection is gone")

    monkeypatch.setattr(Upload, "save", broken)
    with pytest.raises(RuntimeError):
        bring(berto)
    assert not Upload.objects.exists()
    [left] = files(root)
    assert sweep_files() == 0
    aged_file(left, 2 * DAY)
    assert sweep_files() == 1
    assert files(root) == set()


# --- dropping ---


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """A block at whose end what waits for the commit is done, as after one."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


Committed = Callable[[], Any]


def test_who_brought_it_takes_it_back(root: Path, berto: User, committed: Committed) -> None:
    upload = bring(berto, file_of(drawing()))
    with committed():
        drop_upload(by=berto, slug="lobby", upload_id=upload.pk)
        assert len(files(root)) == 2
    assert files(root) == set()


def test_nobody_else_does(berto: User, ana: User, carla: User) -> None:
    upload = bring(berto)
    for other in (ana, carla):
        with pytest.raises(NotFound):
            drop_upload(by=other, slug="lobby", upload_id=upload.pk)
    with pytest.raises(NotFound):
        drop_upload(by=berto, slug="lobby", upload_id=uuid4())
    assert Upload.objects.filter(pk=upload.pk).exists()


def test_what_is_posted_is_not_dropped(berto: User) -> None:
    upload = bring(berto)
    post(upload, berto)
    with pytest.raises(Conflict):
        drop_upload(by=berto, slug="lobby", upload_id=upload.pk)


# --- with the message, with the room ---


def test_the_files_of_a_message_go_with_it(root: Path, berto: User, committed: Committed) -> None:
    first, second = bring(berto), bring(berto, file_of(drawing()))
    message = post(first, berto)
    with committed():
        delete_uploads_of(message)
    assert files(root) == {path_of(second.pk), thumb_path_of(second.pk)}
    assert not Upload.objects.filter(pk=first.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_rolled_back_leaves_the_files(root: Path, berto: User) -> None:
    upload = bring(berto)
    message = post(upload, berto)
    with transaction.atomic():
        delete_uploads_of(message)
        transaction.set_rollback(True)
    assert files(root) == {path_of(upload.pk)}
    with transaction.atomic():
        delete_uploads_of(message)
    assert files(root) == set()


def test_all_files_of_a_room_go_with_it(root: Path, ana: User, berto: User, committed: Committed) -> None:
    post(bring(berto), berto)
    bring(berto, file_of(drawing()))
    with committed():
        delete_room(by=ana, slug="lobby")
    assert files(root) == set()


def test_a_file_that_is_gone_already_does_no_harm(root: Path, berto: User, committed: Committed) -> None:
    upload = bring(berto, file_of(drawing()))
    on_disk(path_of(upload.pk)).unlink()
    with committed():
        drop_upload(by=berto, slug="lobby", upload_id=upload.pk)
    assert files(root) == set()


# --- sweeping ---


def test_what_nobody_posts_for_a_day_is_swept_with_the_next_upload(
    root: Path, berto: User, ana: User, committed: Committed
) -> None:
    old, young, posted = bring(berto), bring(berto), bring(berto)
    post(posted, berto)
    for upload in (old, posted):
        aged(upload, DAY)
    with committed():
        new = bring(ana)
    assert set(Upload.objects.values_list("pk", flat=True)) == {young.pk, posted.pk, new.pk}
    assert files(root) == {path_of(upload.pk) for upload in (young, posted, new)}


def test_a_sweep_does_a_bounded_piece_of_work(
    berto: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Upload.objects.bulk_create(Upload(room=lobby, by=berto, name="a", size=1, type="a/b") for _ in range(50))
    Upload.objects.update(made_at=timezone.now() - DAY)
    with django_assert_num_queries(5):  # two of them a savepoint
        assert sweep_unposted() == SWEPT_AT_ONCE
    assert Upload.objects.count() == 50 - SWEPT_AT_ONCE


def test_the_command_sweeps_all_of_it(root: Path, berto: User, lobby: Room, committed: Committed) -> None:
    kept = bring(berto)
    Upload.objects.bulk_create(Upload(room=lobby, by=berto, name="a", size=1, type="a/b") for _ in range(50))
    Upload.objects.exclude(pk=kept.pk).update(made_at=timezone.now() - DAY)
    orphan, thumb_alone, young_orphan = uuid4(), uuid4(), uuid4()
    for path in (path_of(orphan), thumb_path_of(orphan), thumb_path_of(thumb_alone), path_of(young_orphan)):
        on_disk(path).parent.mkdir(parents=True, exist_ok=True)
        on_disk(path).write_bytes(TEXT)
    on_disk("rooms/ab").mkdir(exist_ok=True)
    for path in ("rooms/ab/nothing of ours", f"{INCOMING}/half"):
        on_disk(path).write_bytes(TEXT)
    (root / INCOMING / "folder").mkdir()
    for path in files(root) - {path_of(young_orphan)} | {f"{INCOMING}/folder"}:
        aged_file(path, 2 * DAY)
    said = StringIO()
    with committed():
        call_command("sweep_uploads", stdout=said)
    assert said.getvalue() == "50 uploads that were not posted, 4 files that nothing led to.\n"
    assert files(root) == {path_of(kept.pk), path_of(young_orphan), "rooms/ab/nothing of ours"}
    assert not (root / INCOMING / "folder").exists()


def test_a_path_says_nothing_of_the_name() -> None:
    upload_id = UUID("ab34d5a2-0f5c-4d0e-8f63-9b6d2b0c3a11")
    assert path_of(upload_id) == "rooms/ab/ab34d5a2-0f5c-4d0e-8f63-9b6d2b0c3a11"
