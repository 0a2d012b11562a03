"""The check refuses migrations that the release before could not work with, in an app that is thrown away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers import APP

FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Jar", [("id", models.BigAutoField(primary_key=True)), ("label", models.CharField(max_length=9))]
        ),
    ]
"""
SECOND = """
import django.db.models.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pantry", "0001_initial")]
    operations = [migrations.{operation}]
    {more}
"""


def lint(folder: Path, operation: str, more: str = "") -> "subprocess.CompletedProcess[str]":
    """What the check says of our migrations and of an app's whose second migration is this."""
    migrations = folder / "pantry" / "migrations"
    migrations.mkdir(parents=True)
    (folder / "pantry" / "__init__.py").touch()
    (migrations / "__init__.py").touch()
    (migrations / "0001_initial.py").write_text(FIRST)
    (migrations / "0002_change.py").write_text(SECOND.format(operation=operation, more=more))
    (folder / "pantry_settings.py").write_text("from config.settings import *\nINSTALLED_APPS += ['pantry']\n")
    return subprocess.run(
        [sys.executable, "-m", "tests.lint_migrations"],
        cwd=APP.parent,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "pantry_settings", "PYTHONPATH": f"{folder}:{APP}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ('RemoveField("Jar", "label")', "DROPPING columns (table: pantry_jar, column: label)"),
        ('RenameField("Jar", "label", "name")', "RENAMING columns"),
        ('RenameModel("Jar", "Pot")', "RENAMING tables"),
        ('DeleteModel("Jar")', "DROPPING table"),
        ('AddField("Jar", "full", models.BooleanField(default=True))', "NOT NULL constraint on columns"),
        ('AlterField("Jar", "label", models.CharField(max_length=9, unique=True))', "ADDING unique constraint"),
    ],
)
def test_what_the_release_before_could_not_work_with_is_refused(tmp_path: Path, operation: str, said: str) -> None:
    result = lint(tmp_path, operation)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"(pantry, 0002_change)... ERR\n\t{said}" in result.stdout
    assert result.stdout.count("... ERR") == 1
    assert "docs/deploys.md" in result.stderr


@pytest.mark.parametrize(
    "operation",
    [
        'AddField("Jar", "filled_at", models.DateTimeField(null=True))',
        'AddField("Jar", "full", models.BooleanField(default=True, db_default=True))',
        'AlterField("Jar", "label", models.CharField(max_length=9, db_default=""))',
        'SeparateDatabaseAndState(state_operations=[migrations.RemoveField("Jar", "label")])',
        'CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True)), ("height", models.IntegerField())])',
    ],
)
def test_what_it_does_not_notice_is_let_through(tmp_path: Path, operation: str) -> None:
    result = lint(tmp_path, operation)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "ERR" not in result.stdout


DROP = """RunSQL('ALTER TABLE "pantry_jar" DROP COLUMN "label"')"""


@pytest.mark.parametrize("operation", [DROP, 'RemoveField("Jar", "label")'])
def test_a_column_that_no_code_uses_any_more_may_be_dropped_by_saying_so(tmp_path: Path, operation: str) -> None:
    assert lint(tmp_path / "mute", operation).returncode == 1
    result = lint(tmp_path, operation, 'compatible = {"DROP_COLUMN": "unused since 0.2"}')
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("excuse", ['{"RENAME_COLUMN": "nobody looks"}', '{"DROP_COLUMN": ""}'])
def test_a_renaming_is_never_excused_nor_anything_without_a_reason(tmp_path: Path, excuse: str) -> None:
    result = lint(tmp_path, 'RenameField("Jar", "label", "name")', f"compatible = {excuse}")
    assert result.returncode == 1
    assert "cannot be excused" in result.stdout


def test_another_database_than_postgresql_is_refused(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.lint_migrations"],
        cwd=APP.parent,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "not a PostgreSQL" in result.stderr
