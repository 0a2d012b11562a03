"""The command line of the bench."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bench"
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Options:
    """`only` and `systems`: names, empty for all. `compare`: the results of an earlier run. `show`: results to be shown
    instead of new ones."""

    quick: bool
    only: Sequence[str]
    systems: Sequence[str]
    repeat: int
    compare: Path | None
    client_check: bool
    folder: Path
    show: Path | None
    markdown: bool


def options_of(words: Sequence[str], *, scenarios: dict[str, str], systems: Sequence[str]) -> Options:
    """`scenarios`: name and meaning. Exits where the words are wrong."""
    meanings = "\n".join(f"  {name:<12} {about}" for name, about in scenarios.items())
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measures Tertulia and its peers on this machine, one after the other under the same client.",
        epilog=f"scenarios:\n{meanings}\n\nsystems:\n" + "\n".join(f"  {name}" for name in systems),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a look, of some minutes: one repetition, short and small")
    parser.add_argument("--only", metavar="A,B", default="", help="these scenarios (all)")
    parser.add_argument(
        "--systems", metavar="A,B", default="", help='these systems (all); of "tutorial, core layer" its first words do'
    )
    parser.add_argument("--repeat", type=positive, metavar="N", help=f"repetitions ({REPETITIONS}; 1 with --quick)")
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="hold this run against the results.json of another"
    )
    parser.add_argument(
        "--client-check",
        action="store_true",
        help="measure fan-out and latency with one and with two processes of the client: it is not what is measured if "
        "they agree",
    )
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, show a results.json")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results.json and report.html go (bench/)")
    found = parser.parse_args(words)
    for file in (found.compare, found.show):
        if file and not file.is_file():
            parser.error(f"there is no {file}")
    try:
        only = chosen(found.only, tuple(scenarios))
        wanted = chosen(found.systems, systems)
    except ValueError as error:
        parser.error(str(error))
    return Options(
        quick=found.quick,
        only=only,
        systems=wanted,
        repeat=found.repeat or (1 if found.quick else REPETITIONS),
        compare=found.compare,
        client_check=found.client_check,
        folder=found.folder,
        show=found.show,
        markdown=found.markdown,
    )


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def chosen(words: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that are meant, in their own order. A word is a name, or what one or several begin with.

    A name may have a comma in it: the words "tutorial" and "tutorial core" mean the same as its names.
    """
    if not words.strip():
        return []
    found: set[str] = set()
    for word in words.split(","):
        plain = " ".join(word.replace("-", " ").split())
        exact = [name for name in names if simple(name) == plain]
        meant = exact or [name for name in names if plain and simple(name).startswith(plain)]
        if not meant:
            raise ValueError(f"there is no '{word.strip()}': {'; '.join(names)}")
        found.update(meant)
    return [name for name in names if name in found]


def simple(name: str) -> str:
    """A name without what must be typed with care."""
    return " ".join(name.replace(",", " ").replace("-", " ").replace("/", " ").split())
