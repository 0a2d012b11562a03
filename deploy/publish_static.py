"""Puts this image's static files beside those of the images before it, where nginx serves them.

    python -I -S publish_static.py

During a deploy pages of two releases are open, and pages stay open long after it; both find their files, since a
file's name holds a hash of its content. Run by the role `migrate`, before any page can name the new files.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

IMAGE = Path("/srv/tertulia/static")
PUBLISHED = Path("/srv/tertulia/published")

# Pages look names up in it; it is no file of theirs.
MANIFEST = "staticfiles.json"

# A file's time is when it was last in use, as far as we know. A page that old has long been loaded anew.
KEEP_DAYS = 365


def files(folder: Path) -> Iterator[Path]:
    """Their names, relative to the folder."""
    return (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())


def publish(image: Path, published: Path, now: float) -> tuple[int, int]:
    """Make `published` hold the image's files, too; how many were new and how many too old."""
    times = {name: (published / name).stat().st_mtime for name in files(published)}
    newest = max(times.values(), default=0.0)
    for name, used in times.items():
        if used == newest:  # what was published last has been in use until now; a second less tells it from what is new
            os.utime(published / name, (now - 1, now - 1))
    mine = [name for name in files(image) if name.name != MANIFEST]
    new = sum(copy(image / name, published / name, now) for name in mine)
    old = [name for name, used in times.items() if used < min(newest, now - KEEP_DAYS * 86_400) and name not in mine]
    for name in old:
        (published / name).unlink()
    return new, len(old)


def copy(source: Path, target: Path, now: float) -> bool:
    """True if the target was not the same already. nginx never sees half a file."""
    new = not target.is_file() or target.read_bytes() != source.read_bytes()
    if new:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as part,
            source.open("rb") as whole,
        ):
            shutil.copyfileobj(whole, part)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(target)
    os.utime(target, (now, now))
    return new


def main() -> None:
    try:
        new, old = publish(IMAGE, PUBLISHED, float(int(time.time())))
    except OSError as error:
        sys.exit(f"tertulia: the static files could not be published: {error}")
    print(f"Static files: {new} new, {old} removed that nothing has used for {KEEP_DAYS} days.")  # noqa: T201


if __name__ == "__main__":
    main()
