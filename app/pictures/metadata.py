"""Takes out of a picture's file what is not needed to show it: where and when it was taken, with what, and by whom.

The picture itself is copied byte by byte, so that it stays exactly what it was. What is kept is listed, not what goes:
an unknown part may say anything. Of Exif there remains which way is up. Whatever stands behind the end of the picture
goes, too: phones put videos and second pictures there.
"""

import re
import struct
import zlib
from collections.abc import Iterator

UPRIGHT = 1


class Malformed(ValueError):
    """It is not built as a file of its kind is."""


def without_metadata(data: bytes, kind: str, orientation: int) -> bytes:
    """The same picture, as PNG, JPEG or WEBP (`kind`, as Pillow names it). Other kinds come back as they are.

    `orientation` as Exif numbers it. Raises Malformed.
    """
    cleaning = {"JPEG": _clean_jpeg, "PNG": _clean_png, "WEBP": _clean_webp}.get(kind)
    return cleaning(data, orientation) if cleaning else data


def _orientation_alone(orientation: int) -> bytes:
    """A TIFF header and a directory with one entry: tag 0x112, a short."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


# --- JPEG: markers, most with a length, and compressed data behind each SOS -----------------------------------------

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
COMMENT = 0xFE
APPLICATION = range(0xE0, 0xF0)
# How it is to be decoded: density, colour profile, colour transform.
KEPT_APPLICATION = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
# In compressed data FF is followed by 0, or by a restart marker.
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def _clean_jpeg(data: bytes, orientation: int) -> bytes:
    if data[:2] != bytes((0xFF, SOI)):
        raise Malformed("JPEG: no beginning")
    exif = b"Exif\0\0" + _orientation_alone(orientation)
    turned = struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif if orientation != UPRIGHT else b""
    return b"".join([data[:2], turned, *_kept_segments(data)])


def _kept_segments(data: bytes) -> Iterator[bytes]:
    at = 2
    while True:
        marker = NEXT_MARKER.match(data, at) or _restart(data, at)
        code, start = data[marker.end() - 1], marker.end() - 2
        if code == EOI:
            yield data[start : start + 2]
            return
        if code in WITHOUT_LENGTH:
            at = marker.end()
            yield data[start:at]
            continue
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        at = start + 2 + length
        if length < 2 or at > len(data):
            raise Malformed("JPEG: a segment that does not end")
        if code == SOS:
            at = _end_of_scan(data, at)
            yield data[start:at]
        elif code == COMMENT:
            pass
        elif code not in APPLICATION or data.startswith(KEPT_APPLICATION.get(code, b"\xff"), start + 4):
            yield data[start:at]


def _restart(data: bytes, at: int) -> "re.Match[bytes]":
    found = re.compile(rb"\xff+[\xd0-\xd7]").match(data, at)
    if found is None:
        raise Malformed("JPEG: no marker where one should be")
    return found


def _end_of_scan(data: bytes, at: int) -> int:
    found = NEXT_MARKER.search(data, at)
    if found is None:
        raise Malformed("JPEG: no end")
    return found.start()


# --- PNG: chunks of length, name, content, checksum ------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"
KEPT_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs"),
    *(b"acTL", b"fcTL", b"fdAT"),  # animation
}


def _clean_png(data: bytes, orientation: int) -> bytes:
    if not data.startswith(PNG):
        raise Malformed("PNG: no beginning")
    kept = [PNG]
    at, name = len(PNG), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at) if at + 12 <= len(data) else (len(data), b"")
        end = at + 12 + length
        if end > len(data):
            raise Malformed("PNG: a chunk that does not end")
        if name in KEPT_CHUNKS:
            kept.append(data[at:end])
        if name == b"IHDR" and orientation != UPRIGHT:
            content = b"eXIf" + _orientation_alone(orientation)
            kept.append(struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content)))
        at = end
    return b"".join(kept)


# --- WebP: RIFF chunks of name, length, content, and a byte more where that is odd -----------------------------------

KEPT_RIFF = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
HAS_EXIF, HAS_XMP = 0x08, 0x04


def _clean_webp(data: bytes, orientation: int) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Malformed("WebP: no beginning")
    exif = _orientation_alone(orientation) if orientation != UPRIGHT else b""
    kept = []
    at, all_of_it = 12, 8 + int.from_bytes(data[4:8], "little")
    if all_of_it > len(data):
        raise Malformed("WebP: it does not end")
    while at + 8 <= all_of_it:
        name, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if len(content) < length:
            raise Malformed("WebP: a chunk that does not end")
        if name == b"VP8X" and content:
            flags = content[0] & ~(HAS_EXIF | HAS_XMP) | (HAS_EXIF if exif else 0)
            content = bytes((flags,)) + content[1:]
        if name in KEPT_RIFF:
            kept.append(_riff_chunk(name, content))
    if exif:
        kept.append(_riff_chunk(b"EXIF", exif))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
