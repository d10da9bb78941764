"""What is in an instance's database, read past the services: for tests that
say that nothing was written."""

import json
import sqlite3
import subprocess


def rows(instance, sql):
    """The rows of a query, as lists."""
    if instance.postgres:
        return _rows_of_postgres(instance.postgres.url, sql)
    path = instance.environment.get("KRATT_DATABASE") or instance.dir / "kratt.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [list(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def _rows_of_postgres(url, sql):
    text = subprocess.run(
        ["psql", "-XAtq", url, "-c", f"SELECT row_to_json(r) FROM ({sql}) AS r"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    return [list(json.loads(line).values()) for line in text.splitlines()]


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
