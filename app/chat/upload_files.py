"""Where uploads lie: one folder, shared by the web workers, which write, and nginx, which reads.

rooms/<xx>/<id>         the file itself, under the upload's id (xx: its first two digits), never under its name
rooms/<xx>/<id>.webp    its thumbnail
incoming/               what is still arriving
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

FOLDER, INCOMING = "rooms", "incoming"
THUMB_ENDING = ".webp"
# nginx runs as another user.
FILE_MODE, FOLDER_MODE = 0o644, 0o755


def path_of(upload_id: UUID) -> str:
    """Of the file itself, below UPLOADS_ROOT."""
    return f"{FOLDER}/{upload_id.hex[:2]}/{upload_id}"


def thumb_path_of(upload_id: UUID) -> str:
    return path_of(upload_id) + THUMB_ENDING


def on_disk(path: str) -> Path:
    return Path(settings.UPLOADS_ROOT) / path


def new_incoming() -> "tempfile._TemporaryFileWrapper[bytes]":
    """A file that is gone when it is closed. Raises OSError."""
    return tempfile.NamedTemporaryFile(dir=_incoming())


def incoming_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for what becomes of one upload. Raises OSError."""
    return tempfile.TemporaryDirectory(dir=_incoming(), ignore_cleanup_errors=True)


def _incoming() -> Path:
    folder = on_disk(INCOMING)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(source: Path, path: str) -> None:
    """Put a file of `incoming/` where it is to stay, safe from a power cut. Raises OSError."""
    target = on_disk(path)
    target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    source.chmod(FILE_MODE)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    os.link(source, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def forget(upload_id: UUID) -> None:
    """Remove what is there of an upload. What cannot be removed is left to `sweep_uploads`."""
    for path in (path_of(upload_id), thumb_path_of(upload_id)):
        on_disk(path).unlink(missing_ok=True)


def spare_bytes() -> int:
    """How much the disk still takes. Raises OSError."""
    return shutil.disk_usage(_incoming()).free


def kept_ids(older_than: float) -> Iterator[UUID]:
    """The ids whose files have lain here for so many seconds; an id may come twice."""
    newest = time.time() - older_than
    for path in on_disk(FOLDER).glob("??/*"):
        try:
            if path.stat().st_mtime < newest:
                yield UUID(path.name.removesuffix(THUMB_ENDING))
        except (FileNotFoundError, ValueError):
            continue  # gone meanwhile; or not ours


def clear_incoming(older_than: float) -> int:
    """Remove what a crash left half-way; how much that was."""
    newest = time.time() - older_than
    old = [path for path in on_disk(INCOMING).glob("*") if path.lstat().st_mtime < newest]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)
