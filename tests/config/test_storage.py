"""Static files under names that say what is in them."""

import json
import re
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings

IMPORT = re.compile(r"""(?:from|import)\s*["'](\.{1,2}/[^"']+)["']""")


def test_our_modules_import_each_other_by_their_hashed_names(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.HashedStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    modules = [name for name in names if name.startswith("chat/") and name.endswith(".js")]
    assert "chat/room.js" in modules
    hashed = {str((tmp_path / name).resolve()) for name in names.values()}
    for module in modules:
        file = tmp_path / names[module]
        for imported in IMPORT.findall(file.read_text()):
            assert str((file.parent / imported).resolve()) in hashed, f"{module} imports {imported}"
