"""Before the instance serves: the database is brought up to this version, or it is said why that cannot be.

Each migration is one transaction, so a kill leaves whole migrations behind and the next start goes on. What cannot be gone
on from is a database whose tables are not those that its own list of migrations makes: then nothing is touched.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.errors import Misconfigured

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor

#: The setting by which a database says that it is a demo's.
DEMO = "demo"
_TURN = 0x5669_6769_6500  # two machines that share a PostgreSQL migrate one after the other: "Vigie"


def configure(data: Path, *, demo: bool = False) -> None:
    """Make Django ready for this data directory."""
    import os

    os.environ["VIGIE_DATA"] = str(data.absolute())
    os.environ["VIGIE_DEMO"] = "1" if demo else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.app.settings")
    import django

    django.setup()


def migrate(data: Path, at: datetime, terms_from: Path | None = None) -> int:
    """Bring the database up to this version: how many steps. The terms are imported the first time: the starter set, or
    those of a directory.

    Raises: Misconfigured if the database is newer than this Vigie, or a migration was applied by half.
    """
    from django.core.management import call_command

    from vigie.services import terms

    connected()
    with _in_turn():
        steps = pending()
        if steps:
            call_command("migrate", verbosity=0, interactive=False)
        terms.take_up(data, at, terms_from)
    return steps


def no_demo_elsewhere() -> None:
    """A demo's database, where everybody knows every password, serves nowhere but in a demo; and a demo has no other.

    Raises: Misconfigured. A database that does not answer, or has no tables yet, is let through: it serves nothing.
    """
    from django.conf import settings
    from django.db import DatabaseError

    from vigie.store.models import Setting

    try:
        demo = Setting.objects.filter(name=DEMO).exists()
    except DatabaseError:
        return
    if demo and not settings.DEMO:
        raise Misconfigured("this is the database of a demo: it is shown by `vigie up --demo` and by nothing else")
    if settings.DEMO and not demo:
        raise Misconfigured("this is not the database of a demo: start it without --demo")


def connected() -> None:
    """Raises: Misconfigured if the database does not answer."""
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise Misconfigured(f"the database does not answer ({_first_line(error)}): see VIGIE_DATABASE") from error


def pending() -> int:
    """How many migrations are still to be applied.

    Raises: Misconfigured if the database is newer than this Vigie, or a migration was applied by half.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if newer := _newer(executor):
        raise Misconfigured(
            f"the database was used by a newer Vigie ({', '.join(newer)}): install that version or a later one"
        )
    if unlike := _unlike(executor):
        raise Misconfigured(
            f"a migration was applied by half ({'; '.join(unlike[:3])}): restore the last backup (`vigie restore`)"
        )
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@contextmanager
def _in_turn() -> Iterator[None]:
    """Alone, among machines that share a PostgreSQL; on SQLite the data directory's lock does that."""
    from django.db import connection

    shared = connection.vendor == "postgresql"
    if shared:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_TURN])
    try:
        yield
    finally:
        if shared and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_TURN])


def _newer(executor: "MigrationExecutor") -> list[str]:
    """Migrations that were applied and that this version does not know."""
    loader = executor.loader
    unknown = set(loader.applied_migrations) - set(loader.graph.nodes)
    return sorted(f"{app}.{name}" for app, name in unknown if app in loader.migrated_apps)


def _unlike(executor: "MigrationExecutor") -> list[str]:
    """In what the tables differ from those that the applied migrations make; empty: in nothing."""
    from django.db import connection

    loader = executor.loader
    done = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    wanted, all_ours = _tables(executor, done), _tables(executor, loader.graph.leaf_nodes())
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        found = [f"table {name} is missing" for name in sorted(set(wanted) - there)]
        found += [f"table {name} is there already" for name in sorted((set(all_ours) - set(wanted)) & there)]
        for table in sorted(set(wanted) & there):
            columns = {one.name for one in connection.introspection.get_table_description(cursor, table)}
            found += [f"column {table}.{name} is missing" for name in sorted(wanted[table] - columns)]
            found += [f"column {table}.{name} is there already" for name in sorted(columns - wanted[table])]
    return found


def _tables(executor: "MigrationExecutor", nodes: "list[tuple[str, str]]") -> dict[str, set[str]]:
    """The tables that these migrations make, and their columns."""
    models = executor.loader.project_state(nodes, at_end=True).apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: {str(field.column) for field in model._meta.local_concrete_fields}
        for model in models
        if model._meta.managed and not model._meta.proxy
    }
