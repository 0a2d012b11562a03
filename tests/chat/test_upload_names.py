"""What a file may be called: nobody's name for it leads anywhere else, or reads as another."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.upload_names import LONGEST, NAMELESS, tidy_name
from tests.fuzzing import effort

RIGHT_TO_LEFT_OVERRIDE = "\u202e"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("factura.pdf", "factura.pdf"),
        ("reunión de mañana (2).odt", "reunión de mañana (2).odt"),
        ("写真.jpeg", "写真.jpeg"),
        ("👨\u200d👩\u200d👧.png", "👨\u200d👩\u200d👧.png"),
        (".profile", ".profile"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\fotos\\ana.png", "ana.png"),
        (f"factura{RIGHT_TO_LEFT_OVERRIDE}fdp.exe", "facturafdp.exe"),
        ("dos\nlíneas\t\x00.txt", "dos líneas .txt"),
        ("uno   dos.txt", "uno dos.txt"),
        ("acabado en punto. ", "acabado en punto"),
        ("e\u0301.txt", "é.txt"),
        ("", NAMELESS),
        (".", NAMELESS),
        ("..", NAMELESS),
        (" . . ", NAMELESS),
        ("\u200b\u200e\ufeff", NAMELESS),
        ("hola/", NAMELESS),
    ],
)
def test_a_name_stays_as_far_as_it_is_one(given_name: str, kept: str) -> None:
    assert tidy_name(given_name) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert tidy_name("a" * 300 + ".pdf") == "a" * (LONGEST - 4) + ".pdf"
    assert tidy_name("a" * 300) == "a" * LONGEST
    assert tidy_name("a." + "b" * 300) == "a." + "b" * (LONGEST - 2)
    assert tidy_name("." + "b" * 300) == "." + "b" * (LONGEST - 1)


NAMES = st.text(st.characters() | st.sampled_from("/\\.. \u202e\u2066\u200b\x00\n\ud800"), max_size=400)


@effort(2000)
@given(name=NAMES)
def test_whatever_it_is_called_it_is_a_name_and_nothing_else(name: str) -> None:
    tidy = tidy_name(name)
    assert 0 < len(tidy) <= LONGEST
    assert not set("/\\\x00\n\r\t") & set(tidy)
    assert tidy.strip(". ")
    assert tidy == tidy.strip(" ")
    assert not {"Cc", "Cs", "Co", "Cn"} & {unicodedata.category(character) for character in tidy}
    assert not {"LRO", "RLO", "LRE", "RLE", "PDF", "LRI", "RLI", "FSI", "PDI"} & {
        unicodedata.bidirectional(character) for character in tidy
    }
    assert tidy_name(tidy) == tidy
    tidy.encode()
