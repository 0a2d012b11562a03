"""A picture that somebody chose of themselves, made small. pictures/ judges it and decodes it, at arm's length."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from accounts.picture_urls import LARGE, SMALL
from pictures.process import look_at

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 5 * 1024 * 1024
# Pixels: what comes out of the decoder. The middle of one that is four times as long as it is wide is still sharp.
DECODED = (4 * LARGE, 4 * LARGE)
QUALITY = 80


class NoPicture(Exception):
    """None that browsers could show."""


@dataclass(frozen=True, slots=True)
class Squares:
    """The middle of a picture in both sizes, in WebP. `version` says which picture it is."""

    small: bytes
    large: bytes

    @property
    def version(self) -> str:
        return hashlib.sha256(self.large).hexdigest()[:16]


def squares_of(content: Iterable[bytes]) -> Squares:
    """Of a file in parts, without what else it told (where, when, with what).

    Raises NoPicture, pictures.process.TooLarge, Busy.
    """
    with TemporaryDirectory() as folder:
        source, cleaned, thumb = (Path(folder, name) for name in ("source", "cleaned", "thumb"))
        with source.open("wb") as file:
            file.writelines(content)
        if look_at(source, cleaned=cleaned, thumb=thumb, box=DECODED) is None:
            raise NoPicture
        return _cut(thumb)


def _cut(thumb: Path) -> Squares:
    """From what our own decoder made: nothing that a stranger sent is decoded here."""
    from PIL import Image  # late: 5 MB, which the workers of sockets never need

    with Image.open(thumb, formats=["WEBP"]) as image:
        return Squares(small=_square(image, SMALL), large=_square(image, LARGE))


def _square(image: "Image", size: int) -> bytes:
    """With the profile of its colours, which would be others without it."""
    from PIL import ImageOps

    file = BytesIO()
    square = ImageOps.fit(image, (size, size))
    square.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=image.info.get("icc_profile"))
    return file.getvalue()
