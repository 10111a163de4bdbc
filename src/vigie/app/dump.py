"""The database in a backup: SQLite as a file of its own, PostgreSQL table by table in the text format of COPY."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.errors import Refused

if TYPE_CHECKING:
    from django.db.migrations.graph import MigrationGraph

SQLITE, TABLES = "vigie.db", "tables"


def dump(place: Path) -> list[str]:
    """The database as it is at one instant, into an empty directory; the migrations that made it. Nobody waits for it."""
    from django.db import connection

    connection.ensure_connection()
    return _sqlite(place) if connection.vendor == "sqlite" else _postgresql(place)


def _sqlite(place: Path) -> list[str]:
    from django.db import connection

    with closing(sqlite3.connect(place / SQLITE)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        rows = copy.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [f"{app}.{name}" for app, name in rows]


def _postgresql(place: Path) -> list[str]:
    """All tables as one transaction sees them."""
    from django.db import connection
    from psycopg import sql

    raw: Any = connection.connection
    (place / TABLES).mkdir()
    with raw.transaction(), raw.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        migrations = [f"{app}.{name}" for app, name in cursor.fetchall()]
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = sql.SQL(", ").join(map(sql.Identifier, _columns(cursor, table)))
            wanted = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), columns)
            header = columns.as_string(cursor).encode()
            with (place / TABLES / table).open("wb") as file, cursor.copy(wanted) as rows:
                file.write(header + b"\n")
                for piece in rows:
                    file.write(piece)
    return migrations


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s"
        " AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def load(place: Path, migrations: list[str]) -> None:
    """Put dumped tables into an empty PostgreSQL, as those migrations made them; all of them or none.

    Raises: Refused if the database holds tables already.
    """
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    if connection.introspection.table_names():
        raise Refused("the database of VIGIE_DATABASE holds tables already: name an empty one")
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    known = {node for node in graph.nodes if ".".join(node) in migrations}
    executor.migrate([node for node in known if not _next_of_same(node, graph) & known])
    files = sorted((place / TABLES).iterdir())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(connection.ops.quote_name(file.name) for file in files)} CASCADE")
        for file in files:
            with file.open("rb") as rows:
                columns = rows.readline().decode().strip()
                table = connection.ops.quote_name(file.name)
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into:
                    while piece := rows.read(1 << 20):
                        into.write(piece)
        models = executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps.get_models(
            include_auto_created=True
        )
        there = {file.name for file in files}
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [model for model in models if model._meta.db_table in there]
        ):
            cursor.execute(statement)
        _reset(cursor, "django_migrations")


def _next_of_same(node: tuple[str, str], graph: "MigrationGraph") -> set[tuple[str, str]]:
    """The migrations of the same application that come right after this one."""
    return {child.key for child in graph.node_map[node].children if child.key[0] == node[0]}


def _reset(cursor: Any, table: str) -> None:
    """The list of migrations is no model of any application."""
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
