"""What a picture tells about where it was taken goes, and the picture stays exactly what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops

from pictures.metadata import Malformed, without_metadata
from tests.fuzzing import effort
from tests.pictures.samples import SECRETS, drawing, file_of, moving, opened, photo

CLEANED = ["JPEG", "PNG", "WEBP"]


def is_same_picture(one: bytes, other: bytes) -> bool:
    left, right = opened(one).convert("RGBA"), opened(other).convert("RGBA")
    return left.size == right.size and ImageChops.difference(left, right).getbbox(alpha_only=False) is None


@pytest.mark.parametrize("kind", CLEANED)
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_place_goes_and_the_picture_stays(kind: str, orientation: int) -> None:
    taken = photo(kind, orientation)
    assert all(secret in taken for secret in SECRETS)
    clean = without_metadata(taken, kind, orientation)
    assert [secret for secret in SECRETS if secret in clean] == []
    assert is_same_picture(taken, clean)
    assert dict(opened(clean).getexif()) == ({0x0112: 6} if orientation == 6 else {})


@pytest.mark.parametrize("kind", CLEANED)
def test_a_second_cleaning_finds_nothing(kind: str) -> None:
    once = without_metadata(photo(kind, 8), kind, 8)
    assert without_metadata(once, kind, 8) == once


@pytest.mark.parametrize("kind", CLEANED)
def test_what_stands_behind_the_picture_goes(kind: str) -> None:
    plain = without_metadata(photo(kind), kind, 1)
    assert without_metadata(plain + b"ftypmp42" + SECRETS[0], kind, 1) == plain


def test_a_comment_goes_and_what_colours_need_stays() -> None:
    profile = b"profile" * 20
    jpeg = file_of(drawing(mode="CMYK"), "JPEG", comment=SECRETS[0], icc_profile=profile, progressive=True)
    clean = without_metadata(jpeg, "JPEG", 1)
    assert SECRETS[0] not in clean
    assert opened(clean).info["icc_profile"] == profile
    assert opened(clean).mode == "CMYK"
    assert is_same_picture(jpeg, clean)


def test_restart_markers_are_part_of_the_picture() -> None:
    jpeg = file_of(drawing(200, 200), "JPEG", restart_marker_blocks=1)
    assert b"\xff\xd0" in jpeg
    assert without_metadata(jpeg, "JPEG", 1) == jpeg


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_goes_on_moving(kind: str) -> None:
    clean = without_metadata(moving(kind), kind, 1)
    assert getattr(opened(clean), "n_frames", 1) == 3


def test_other_kinds_come_back_as_they_are() -> None:
    for kind in ("GIF", "AVIF"):
        data = file_of(drawing(), kind)
        assert without_metadata(data, kind, 1) == data


@pytest.mark.parametrize("kind", CLEANED)
def test_a_file_that_breaks_off_is_malformed(kind: str) -> None:
    whole = without_metadata(photo(kind), kind, 1)
    for length in range(len(whole)):
        with pytest.raises(Malformed):
            without_metadata(whole[:length], kind, 1)


@pytest.mark.parametrize("kind", CLEANED)
@effort(200)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_is_damaged_is_cleaned_or_malformed(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(photo(kind))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        clean = without_metadata(bytes(data), kind, 1)
    except Malformed:
        return
    assert len(clean) <= len(data)
    assert without_metadata(clean, kind, 1) == clean
