"""What a file is called: what its sender said, as far as that is a name and nothing else."""

import re
import unicodedata

LONGEST = 255
NAMELESS = "file"

# Letters that are joined, emoji that are: people's names have these two.
JOINERS = {"\u200c", "\u200d"}


def tidy_name(name: str) -> str:
    """A name without a path, without characters that show nothing or turn the others around, 255 characters at most.

    The ending stays where the name has to be cut. Never empty, nor dots alone, which would be a path.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(character for character in last if _shows(character))
    one_line = " ".join(unicodedata.normalize("NFC", shown).split())
    tidy = one_line.strip(". ") if not one_line.strip(". ") else one_line.rstrip(". ")
    stem, dot, ending = tidy.rpartition(".")
    if len(tidy) > LONGEST and stem and len(ending) < LONGEST // 2:
        return stem[: LONGEST - len(ending) - 1].rstrip(". ") + dot + ending
    return tidy[:LONGEST].rstrip(". ") or NAMELESS


def _shows(character: str) -> bool:
    """Not so: control characters, those that write from right to left what is read from left to right, half a
    character, and what has no meaning for others."""
    category = unicodedata.category(character)
    return character in JOINERS or character.isspace() or not category.startswith("C")
