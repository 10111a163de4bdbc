"""Before the instance serves: the database is brought up to this version, or it is said why that cannot be."""

from datetime import datetime
from pathlib import Path

from vigie.errors import Misconfigured

#: Its presence says that a migration was begun and not ended.
_MARK = "migrating"


def configure(data: Path, *, demo: bool = False) -> None:
    """Make Django ready for this data directory."""
    import os

    os.environ["VIGIE_DATA"] = str(data.absolute())
    os.environ["VIGIE_DEMO"] = "1" if demo else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.app.settings")
    import django

    django.setup()


def migrate(data: Path, at: datetime, terms_from: Path | None = None) -> int:
    """Bring the database up to this version: how many steps. The terms are imported the first time: the starter set, or those
    of a directory.

    Raises: Misconfigured if the database is newer than this Vigie, or an earlier migration was cut short.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from vigie.services import terms

    mark = data / _MARK
    if mark.exists():
        raise Misconfigured(
            f"{mark}: a migration was cut short: restore the last backup (`vigie restore`), then delete this file"
        )
    executor = MigrationExecutor(connection)
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.graph.nodes)
    ours = sorted(f"{app}.{name}" for app, name in unknown if app in executor.loader.migrated_apps)
    if ours:
        raise Misconfigured(
            f"the database was used by a newer Vigie ({', '.join(ours)}): install that version or a later one"
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        mark.write_text("\n".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan))
        call_command("migrate", verbosity=0, interactive=False)
        mark.unlink()
    terms.import_terms(at, terms_from)
    return len(plan)
