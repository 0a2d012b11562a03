"""Every write of uploads: brought, dropped, posted, deleted with their message, swept when nobody posts them."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from chat.errors import BadFrame, ChatError, Conflict, NotFound, TooBig, TooMany, Unavailable
from chat.models import Message, Upload
from chat.selectors import membership_of, room_to_write_in
from chat.silence import check_may_write
from chat.upload_files import (
    clear_incoming,
    forget,
    incoming_folder,
    keep,
    kept_ids,
    path_of,
    spare_bytes,
    thumb_path_of,
)
from chat.upload_names import tidy_name
from chat.upload_types import type_of
from chat.writing import lock_room, membership_in
from pictures.process import Busy, Picture, TooLarge, look_at

logger = logging.getLogger(__name__)

# CSS pixels; a picture is shown at this size in a room, and opened for the rest.
THUMB_BOX = (720, 480)

# What one person may have brought and not posted: two full messages, and a few files of the largest size.
UNPOSTED = 20
UNPOSTED_FILES_OF_THE_LARGEST_SIZE = 5

# What was not posted within a day is nobody's any more.
UNPOSTED_FOR = timedelta(days=1)
# So many at a time: an upload does not wait for the cleaning of a month.
SWEPT_AT_ONCE = 20


def store_upload(*, by: User, slug: str, file: UploadedFile) -> Upload:
    """Keep a file that came with a request, judged by its content; a message may show it from then on.

    Raises NotFound, Forbidden, TooMany, BadFrame, TooBig (too many bytes, or a picture of too many pixels) and
    Unavailable (the disk is full, or too many pictures come at once).
    """
    room_to_write_in(user=by, slug=slug)
    size = file.size or 0
    if size == 0:
        raise BadFrame("This file is empty.")
    if size > settings.UPLOAD_MAX_BYTES:
        raise TooBig
    _check_room_for(by, size)
    sweep_unposted()
    try:
        if spare_bytes() - size < settings.UPLOADS_SPARE_BYTES:
            logger.error("the disk of the uploads is full")
            raise Unavailable
        return _keep(by, slug, file, size)
    except TooLarge as error:
        raise TooBig("This picture has too many pixels: up to 50 million, as WebP 25.") from error
    except Busy as error:
        raise Unavailable from error
    except OSError as error:
        logger.exception("an upload could not be kept")
        raise Unavailable from error


def _keep(by: User, slug: str, file: UploadedFile, size: int) -> Upload:
    """The files first: a row without them would be a picture that nobody can see, files without a row are swept."""
    assert file.file is not None  # noqa: S101 - upload_handler.py made it
    source = Path(file.file.name)
    upload = Upload(pk=uuid4(), by=by, name=tidy_name(file.name or ""), size=size)
    with incoming_folder() as folder:
        cleaned, thumb = Path(folder) / "cleaned", Path(folder) / "thumb"
        picture = look_at(source, cleaned=cleaned, thumb=thumb, box=THUMB_BOX)
        if picture is None:
            upload.type = type_of(source, upload.name)
        else:
            source = cleaned if cleaned.exists() else source
            upload.size = source.stat().st_size
            _describe(upload, picture)
        try:
            keep(source, path_of(upload.pk))
            if picture is not None:
                keep(thumb, thumb_path_of(upload.pk))
            _write(upload, by, slug)
        except (ChatError, OSError):
            # Not where the database broke off: the row may have been written.
            forget(upload.pk)
            raise
    return upload


def _describe(upload: Upload, picture: Picture) -> None:
    upload.type = picture.type
    upload.width, upload.height = picture.width, picture.height
    upload.thumb_width, upload.thumb_height = picture.thumb_width, picture.thumb_height


@transaction.atomic
def _write(upload: Upload, by: User, slug: str) -> None:
    """What was checked before the file was looked at may have changed meanwhile.

    The person's row is locked for those who bring many at once, the room's so that it is not erased meanwhile. In this
    order: who has a room's lock waits for nobody's row, and no room waits until one person's uploads are through.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    upload.room = lock_room(slug, member=by)
    check_may_write(membership_in(upload.room, by), upload.room)
    _check_room_for(by, upload.size)
    upload.save(force_insert=True)


def _check_room_for(by: User, size: int) -> None:
    waiting = Upload.objects.filter(by=by, message=None).aggregate(files=Count("pk"), size=Sum("size"))
    bound = UNPOSTED_FILES_OF_THE_LARGEST_SIZE * settings.UPLOAD_MAX_BYTES
    if waiting["files"] >= UNPOSTED or (waiting["size"] or 0) + size > bound:
        raise TooMany("Post or drop what you have uploaded before: it waits for a message.")


@transaction.atomic
def drop_upload(*, by: User, slug: str, upload_id: UUID) -> None:
    """Who brought a file takes it back, before it is posted. Raises NotFound, Conflict."""
    room = membership_of(user=by, slug=slug).room
    upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id, room=room, by=by).first()
    if upload is None:
        raise NotFound("There is no such upload of yours in this room.")
    if upload.message_id is not None:
        raise Conflict("It has been posted: delete its message.")
    upload.delete()


def delete_uploads_of(message: Message) -> None:
    """With what a message said go the files that it showed. In the caller's transaction."""
    message.uploads.all().delete()


@transaction.atomic
def sweep_unposted(at_most: int = SWEPT_AT_ONCE) -> int:
    """Delete what was brought and not posted for a day; how many were."""
    old = Upload.objects.filter(message=None, made_at__lt=timezone.now() - UNPOSTED_FOR).order_by("made_at")
    # Locked: who posts one of them at this moment goes first, or finds it gone.
    found = [upload.pk for upload in old.select_for_update(skip_locked=True, of=("self",))[:at_most]]
    if found:
        Upload.objects.filter(pk__in=found).delete()
    return len(found)


def sweep_files() -> int:
    """Remove the files to which no row leads: what a crash between the two left; how many were.

    A file comes before its row, by the time of a request: those of the last day are let be.
    """
    ids = set(kept_ids(UNPOSTED_FOR.total_seconds()))
    known = {upload_id for part in _parts(sorted(ids)) for upload_id in _known(part)}
    for upload_id in ids - known:
        forget(upload_id)
    return len(ids - known) + clear_incoming(UNPOSTED_FOR.total_seconds())


def _known(ids: list[UUID]) -> list[UUID]:
    return list(Upload.objects.filter(pk__in=ids).values_list("pk", flat=True))


def _parts(ids: list[UUID], size: int = 500) -> list[list[UUID]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


@receiver(post_delete, sender=Upload)
def _files_go(instance: Upload, **kwargs: Any) -> None:
    """However a row goes, with its message or its room: the files follow once that is certain."""
    upload_id = instance.pk
    transaction.on_commit(lambda: forget(upload_id), robust=True)
