"""The indexes of the search: of PostgreSQL's full text, and in SQLite a table of FTS5 that triggers keep up to date.

PostgreSQL builds it CONCURRENTLY: people go on writing meanwhile. Of 1,000,000 messages of 110 characters it took 28 s on
one core, and 43 MB.

SQLite drops the triggers where a later migration makes chat_message anew (tests/chat/test_search_index.py notices): such
a migration ends with make_triggers().
"""

from django.db import migrations

# Folded: accents off, punctuation to blanks, so that PostgreSQL does not take an address or a decimal for one word.
# Without fastupdate each message would cost 0.1 ms more; with its usual 4 MB, now and then a message waits 0.12 s.
CREATE_INDEX = r"""
    CREATE INDEX CONCURRENTLY chat_message_search ON chat_message USING gin (
        to_tsvector('simple', regexp_replace(regexp_replace(normalize(body, NFD),
            '[\u0300-\u036f]', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'))
    ) WITH (fastupdate = on, gin_pending_list_limit = 256) WHERE deleted_at IS NULL
"""

CREATE_TABLE = """
    CREATE VIRTUAL TABLE chat_message_search USING fts5 (body, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3')
"""
FILL_TABLE = """
    INSERT INTO chat_message_search (rowid, body) SELECT id, body FROM chat_message WHERE deleted_at IS NULL
"""
TRIGGERS = {
    "chat_message_search_insert": """
        AFTER INSERT ON chat_message WHEN new.deleted_at IS NULL BEGIN
            INSERT INTO chat_message_search (rowid, body) VALUES (new.id, new.body);
        END""",
    "chat_message_search_update": """
        AFTER UPDATE OF id, body, deleted_at ON chat_message BEGIN
            DELETE FROM chat_message_search WHERE rowid = old.id;
            INSERT INTO chat_message_search (rowid, body) SELECT new.id, new.body WHERE new.deleted_at IS NULL;
        END""",
    "chat_message_search_delete": """
        AFTER DELETE ON chat_message BEGIN
            DELETE FROM chat_message_search WHERE rowid = old.id;
        END""",
}


def make_triggers(schema_editor):
    for name, body in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # It waits for every transaction that began before it; nobody waits for it. What an attempt that was broken
        # off left behind is of no use.
        schema_editor.execute("SET lock_timeout = 0")
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS chat_message_search")
        schema_editor.execute(CREATE_INDEX)
        schema_editor.execute("RESET lock_timeout")
    elif schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE IF EXISTS chat_message_search")
        schema_editor.execute(CREATE_TABLE)
        schema_editor.execute(FILL_TABLE)
        make_triggers(schema_editor)


def unmake(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS chat_message_search")
    elif schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        schema_editor.execute("DROP TABLE IF EXISTS chat_message_search")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0002_rooms_messages_uploads")]

    operations = [migrations.RunPython(make, unmake)]
