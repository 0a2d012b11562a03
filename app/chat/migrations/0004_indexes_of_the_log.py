"""Indexes of few rows of the log, which is long: PostgreSQL builds them CONCURRENTLY, while people go on writing."""

from django.db import migrations, models

DONE = models.Index(
    condition=models.Q(
        ("kind__in", ("member.changed", "member.joined", "member.left", "message.deleted", "room.updated"))
    ),
    fields=["room", "-seq"],
    name="done_in_a_room",
)
EDITS = models.Index(condition=models.Q(("kind", "message.edited")), fields=["room", "seq"], name="edits_in_a_room")


def make(apps, schema_editor):
    event = apps.get_model("chat", "Event")
    if schema_editor.connection.vendor != "postgresql":
        for index in (DONE, EDITS):
            schema_editor.add_index(event, index)
        return
    # It waits for every transaction that began before it; nobody waits for it. What an attempt that was broken off left
    # behind is of no use.
    schema_editor.execute("SET lock_timeout = 0")
    for index in (DONE, EDITS):
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
        schema_editor.add_index(event, index, concurrently=True)
    schema_editor.execute("RESET lock_timeout")


def unmake(apps, schema_editor):
    for index in (DONE, EDITS):
        schema_editor.remove_index(apps.get_model("chat", "Event"), index)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0003_search")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.AddIndex(model_name="event", index=DONE),
                migrations.AddIndex(model_name="event", index=EDITS),
            ],
        )
    ]
