"""What a file that is no picture is said to be."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.upload_types import HEAD, MEDIA_TYPE, TEXT, UNKNOWN, type_of
from tests.fuzzing import effort


def judged(folder: Path, data: bytes, name: str = "file") -> str:
    (folder / "file").write_bytes(data)
    return type_of(folder / "file", name)


def zipped(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "packed", "w") as packed:
        packed.writestr("hola.bin", bytes(range(256)))
    return (folder / "packed").read_bytes()


def test_a_document_is_known_by_its_content(tmp_path: Path) -> None:
    assert judged(tmp_path, b"%PDF-1.7\n\x80\x81\n", "factura.pdf") == "application/pdf"
    assert judged(tmp_path, b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "fiesta.mp4") == "video/mp4"


def test_of_kinds_that_begin_alike_the_name_says_which(tmp_path: Path) -> None:
    assert judged(tmp_path, zipped(tmp_path), "todo.zip") == "application/zip"
    assert judged(tmp_path, zipped(tmp_path), "carta.odt") == "application/vnd.oasis.opendocument.text"


def test_a_name_that_does_not_fit_the_content_says_nothing(tmp_path: Path) -> None:
    assert judged(tmp_path, zipped(tmp_path), "factura.exe") == UNKNOWN
    assert judged(tmp_path, b"\x00\x01\x80\xff", "factura.pdf") == UNKNOWN


@pytest.mark.parametrize(
    "data", [b"hola\n", "mañana\r\n\tsí".encode(), b"<script>alert(1)</script>", b"<svg/>", "é".encode() * HEAD]
)
def test_what_can_be_read_is_text_whatever_it_means(tmp_path: Path, data: bytes) -> None:
    assert judged(tmp_path, data) == TEXT


@pytest.mark.parametrize("cut", range(4))
def test_a_character_may_be_cut_in_the_middle_of_a_long_text(tmp_path: Path, cut: int) -> None:
    assert judged(tmp_path, b"a" * (HEAD - cut) + "😀".encode() * 3) == TEXT


def test_the_end_of_a_short_text_may_not(tmp_path: Path) -> None:
    assert judged(tmp_path, b"hola " + "😀".encode()[:2]) != TEXT


@pytest.mark.parametrize("data", [b"GIF89a\x00\x01", b"\x89PNG\r\n\x1a\n\x00", b"\xff\xd8\xff\xe0\x00"])
def test_what_only_begins_like_a_picture_is_not_called_one(tmp_path: Path, data: bytes) -> None:
    assert judged(tmp_path, data) == UNKNOWN


@effort(150)
@given(data=st.binary(max_size=300), name=st.sampled_from(["a", "a.png", "a.html", "a.svg", "a.pdf", "a.exe"]))
def test_any_bytes_have_a_type_and_it_is_no_picture(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    found = judged(tmp_path_factory.mktemp("any"), data, name)
    assert MEDIA_TYPE.fullmatch(found)
    assert not found.startswith("image/")
    assert found not in {"text/html", "image/svg+xml"}
