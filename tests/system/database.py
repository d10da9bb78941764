"""What is in an instance's database, read past the services: for tests that
say that nothing was written."""

import json
import sqlite3


def rows(instance, sql):
    """The rows of a query, as lists."""
    if instance.postgres:
        lines = instance.postgres.ask(f"SELECT row_to_json(r) FROM ({sql}) AS r")
        return [list(json.loads(line).values()) for line in lines]
    path = instance.environment.get("KRATT_DATABASE") or instance.dir / "kratt.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [list(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def tables(instance):
    if instance.postgres:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    return [row[0] for row in rows(instance, sql)]


def counts(instance):
    """How many rows each table has."""
    names = tables(instance)
    sql = " UNION ALL ".join(f"SELECT '{name}' AS name, COUNT(*) AS count FROM \"{name}\""
                             for name in names)
    return dict(rows(instance, sql))
