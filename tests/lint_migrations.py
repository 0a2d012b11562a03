"""Whether each migration leaves the release before it at work: docs/deploys.md has the rule.

    python -m tests.lint_migrations

Prints what is wrong and exits with 1, else with 0. DATABASE_URL names a PostgreSQL, since what counts is the SQL that
it gets; nothing in it is read but which migrations it has, and nothing is changed.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations import Migration
from django_migration_linter import MigrationLinter

# A migration may say why one of these findings does no harm, as `compatible = {"DROP_COLUMN": "…"}` in its class.
EXCUSABLE = {
    "DROP_COLUMN": "no release that may run beside this one reads or writes it",
    "DROP_TABLE": "no release that may run beside this one reads or writes it",
    "NOT_NULL": "every release that may run beside this one writes it",
    "ADD_UNIQUE": "every release that may run beside this one keeps to it",
    "ALTER_COLUMN": "every release that may run beside this one can read and write the new type",
}


class Linter(MigrationLinter):
    """The linter, told by each migration which findings are excused there."""

    def lint_migration(self, migration: Migration) -> None:
        excuses: Mapping[str, str] = getattr(migration, "compatible", {})
        if wrong := [code for code, why in excuses.items() if code not in EXCUSABLE or not why]:
            print(f"({migration.app_label}, {migration.name})... ERR\n\t{', '.join(wrong)} cannot be excused")  # noqa: T201
            self.nb_erroneous += 1
        self.exclude_migration_tests = list(excuses)
        super().lint_migration(migration)


def own_apps() -> list[str]:
    """The labels of those whose source is not an installed package's."""
    return [app.label for app in apps.get_app_configs() if "site-packages" not in Path(app.path).parts]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(Path(__file__).parents[1] / "app"))
    django.setup()
    if connection.vendor != "postgresql":
        sys.exit(f"DATABASE_URL names {settings.DATABASES['default']['ENGINE']}, not a PostgreSQL.")
    linter = Linter(include_apps=own_apps(), quiet=["ok", "ignore"])
    linter.lint_all_migrations()
    if linter.nb_total == 0:
        sys.exit("There are no migrations.")
    if linter.has_errors:
        sys.exit("The release that runs would not work with these tables: see docs/deploys.md.")


if __name__ == "__main__":
    main()
