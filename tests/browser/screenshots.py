"""Pictures of the main views, each wide and narrow, light and dark, in English and in Spanish.

    python -m tests.browser.screenshots [FOLDER]

They lie in var/screenshots afterwards, or in FOLDER; index.html there shows them all, and readme/ holds the two of the
README, small. Wants a DATABASE_URL and a REDIS_URL for itself, as tests.servers gives them: the database is
emptied. Who is there, what they say and when is made up and the same each time (team.py); the browser's clock stands
still.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

    from tests.browser.site import Site
    from tests.browser.team import Team
    from tests.browser.views import View
    from tests.browser.visitor import Visitor

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "screenshots"

LOCALES = {"en": "en-GB", "es": "es-ES"}
THEMES = ("light", "dark")
SIZES: dict[str, "ViewportSize"] = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 360, "height": 740}}
README = {"room.png": "en-light-wide/thread.png", "room-phone.png": "en-dark-narrow/thread.png"}
# A palette of so many colours makes them a quarter of the size, and nobody sees it.
README_COLOURS = 128


@dataclass(frozen=True, slots=True)
class Look:
    """How the pages are looked at."""

    language: str
    theme: str
    size: str

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size}"


LOOKS = [Look(*one) for one in product(LOCALES, THEMES, SIZES)]


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as own:
        set_up(own)
        take_all(folder, Path(own))
    write_index(folder)
    shrink_for_readme(folder)
    say(f"all of them: {folder / 'index.html'}")


def set_up(uploads: str) -> None:
    """Django, as a developer's machine has it, before anything of ours is imported."""
    variables = {"DEBUG": "true", "LOG_LEVEL": "WARNING", "TZ": "UTC", "UPLOADS_ROOT": uploads}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    time.tzset()
    sys.path.insert(0, str(ROOT / "app"))
    import django

    django.setup()


def take_all(folder: Path, own: Path) -> None:
    from tests.browser.chromium import running_chromium
    from tests.browser.views import MAIN_VIEWS

    shots = [(look, view) for look in LOOKS for view in MAIN_VIEWS]
    with running_chromium() as chromium:
        for language in LOCALES:
            with team_at_work(language, own) as (site, team), others_there(chromium, site):
                for number, (look, view) in enumerate(shots, 1):
                    if look.language == language:
                        say(f"{number:>3} of {len(shots)}: {look}/{view.name}.png")
                        take(chromium, site, team, look, view, folder / str(look))


@contextmanager
def team_at_work(language: str, own: Path) -> "Iterator[tuple[Site, Team]]":
    from django.core.management import call_command
    from django.db import connections

    from tests.browser.site import Site
    from tests.browser.team import settle_in

    say(f"{language}: the team settles in")
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    team = settle_in(language)
    site = Site(own)
    try:
        site.wait_until_it_serves()
        yield site, team
    finally:
        site.stop()
        connections.close_all()


# Who is there when ana looks: in which room.
OTHERS = (("berto", "fair"), ("diego", "fair"), ("elena", "lobby"), ("diego", "lobby"))


@contextmanager
def others_there(chromium: "Browser", site: "Site") -> Iterator[None]:
    with ExitStack() as stack:
        for name, room in OTHERS:
            visitor = visitor_of(chromium, site, name, LOOKS[0])
            stack.callback(visitor.context.close)
            visitor.enters(room)
        yield


def take(chromium: "Browser", site: "Site", team: "Team", look: Look, view: "View", folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    visitor = visitor_of(chromium, site, view.by, look)
    try:
        visitor.page.set_viewport_size(SIZES[look.size])
        visitor.page.emulate_media(reduced_motion="reduce")
        with team.as_they_were():
            view.opens(visitor, team)
            sees_who_is_there(visitor)
            visitor.page.screenshot(path=folder / f"{view.name}.png", animations="disabled")
    finally:
        visitor.context.close()


def sees_who_is_there(visitor: "Visitor") -> None:
    """In a room: the others, and ana herself, which she is told within two seconds."""
    here = visitor.page.locator("#here [popovertarget]")
    if here.count():
        number = 1 + sum(visitor.path.startswith(f"/rooms/{room}/") for _, room in OTHERS)
        visitor.waits_until(lambda: (here.text_content() or "").split()[-1:] == [str(number)])


def visitor_of(chromium: "Browser", site: "Site", name: str, look: Look) -> "Visitor":
    """Somebody of the team, or nobody who is known, at the moment that the team stopped at."""
    from accounts.models import User
    from tests.browser.team import NOW
    from tests.browser.visitor import Visitor
    from tests.people import browser_of

    visitor = Visitor(
        chromium,
        site.url,
        cookies={"sessionid": browser_of(User.objects.get(username=name)).session_key} if name else {},
        locale=LOCALES[look.language],
        phone=look.size == "narrow",
        dark=look.theme == "dark",
    )
    visitor.context.clock.set_fixed_time(NOW)
    return visitor


def write_index(folder: Path) -> None:
    """A page with all of them, each view in a row."""
    from tests.browser.views import MAIN_VIEWS

    rows = []
    for view in MAIN_VIEWS:
        pictures = "".join(
            f'<figure><img src="{look}/{view.name}.png" alt="" loading="lazy"><figcaption>{look}</figcaption></figure>'
            for look in LOOKS
        )
        rows.append(f"<h2>{escape(view.name)}</h2><div>{pictures}</div>")
    style = "img {height: 24rem; border: 1px solid} div {display: flex; gap: 1rem; overflow-x: auto} figure {margin: 0}"
    head = f'<!doctype html><meta charset="utf-8"><title>Screenshots</title><style>{style}</style>'
    (folder / "index.html").write_text(head + "".join(rows))


def shrink_for_readme(folder: Path) -> None:
    from PIL import Image

    (folder / "readme").mkdir(exist_ok=True)
    for name, taken in README.items():
        with Image.open(folder / taken) as picture:
            small = picture.convert("RGB").quantize(README_COLOURS, dither=Image.Dither.NONE)
            small.save(folder / "readme" / name, optimize=True)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
