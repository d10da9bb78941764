"""The database of an instance that was stopped, to be filled by SQL."""

import sqlite3
import subprocess
import time


class Sqlite:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)

    def begin_fill(self):
        self.run("PRAGMA journal_mode = OFF")
        self.run("PRAGMA synchronous = OFF")
        self.run("PRAGMA cache_size = -1000000")

    def run(self, statement):
        self.db.execute(statement)

    def rows(self, query):
        return self.db.execute(query).fetchall()

    def columns(self, table):
        return [row[1] for row in self.rows(f"PRAGMA table_info({table})")]

    def index(self, name):
        return self.rows(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")[0][0]

    def end_fill(self):
        self.run("PRAGMA journal_mode = WAL")


class Postgresql:
    def __init__(self, url):
        self.url = url

    def begin_fill(self):
        pass

    def run(self, statement):
        self.rows(statement)

    def rows(self, query):
        out = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", "\x1f",
                              "-R", "\x1e", "-c", query, self.url],
                             check=True, stdout=subprocess.PIPE, text=True).stdout.strip("\n\x1e")
        return [row.split("\x1f") for row in out.split("\x1e")]

    def columns(self, table):
        return [row[0] for row in self.rows(
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_name = '{table}' ORDER BY ordinal_position")]

    def index(self, name):
        return self.rows(f"SELECT pg_get_indexdef('{name}'::regclass)")[0][0]

    def end_fill(self):
        self.run("VACUUM ANALYZE")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def uuid(number):
    """SQL for a UUID that has the number, of which it may have twelve digits."""
    return f"'00000000-0000-4000-8000-' || CAST(100000000000 + {number} AS TEXT)"


# Row i of so many new ones.
MORE = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "


def add_tokens(database, count, span_ms):
    """Tokens that expire one after the other in the next so many milliseconds."""
    database.run("INSERT INTO token (token_id, cookie, subject, issued_at, expires_at) " +
                 MORE.format(count) + f"SELECT {uuid('i')}, 'chatJwt', '', 1, "
                 f"{int(time.time() * 1000)} + i * {span_ms} / {count} FROM n")


def open_database(instance):
    if instance.postgres:
        return Postgresql(instance.postgres.url)
    return Sqlite(instance.environment.get("KRATT_DATABASE") or instance.dir / "kratt.db")
