"""populate.py, run by a `manage.py shell` somewhere else: its arguments, and what it printed."""

import json
from pathlib import Path

from tests.chaos.site import Account

SOURCE = Path(__file__).with_name("populate.py")


def to_populate(clients: int, rooms: int) -> list[str]:
    return _shell(f"import json\nprint(json.dumps(populate({clients}, {rooms})))")


def to_depopulate() -> list[str]:
    return _shell("depopulate()")


def accounts_of(printed: str) -> list[Account]:
    """What to_populate() made."""
    return [Account(**account) for account in json.loads(printed.splitlines()[-1])]


def _shell(statement: str) -> list[str]:
    return ["shell", "--verbosity", "0", "--no-imports", "--command", f"{SOURCE.read_text()}\n{statement}"]
