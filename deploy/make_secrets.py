"""Makes the stack's secrets on the first start; what is there already is kept. Nothing is ever printed.

    python make_secrets.py

Each secret lies in a volume of its own, which only the containers that need it mount.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path

FOLDER = Path("/srv/tertulia/secrets")
SHORTEST = 50

# The mode lets the group read the database's password: the db container runs as another user, in this group.
SECRETS = {FOLDER / "app" / "secret_key": 0o400, FOLDER / "database" / "password": 0o440}


def make(path: Path, mode: int) -> bool:
    """Write a new secret to `path` unless there is one; True if it was written.

    The name appears with the whole secret behind it or not at all: a crash leaves no half a secret, and of two starts
    at the same moment one wins.
    """
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(secrets.token_urlsafe(64))
        draft.flush()
        os.fchmod(draft.fileno(), mode)
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return False
    return True


def main() -> None:
    for path, mode in SECRETS.items():
        made = make(path, mode)
        if len(path.read_text().strip()) < SHORTEST:
            sys.exit(f"setup: {path} is too short to be a secret. Restore it from a backup.")
        sys.stdout.write(f"setup: {path.name}: {'made' if made else 'kept'}\n")


if __name__ == "__main__":
    main()
