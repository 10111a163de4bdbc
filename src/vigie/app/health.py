"""Whether the instance lives (its process answers) and is ready (its database answers with all its tables)."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers, and has every table that this version knows."""
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return JsonResponse(
            {"ready": False, "why": f"the database does not answer: {type(error).__name__}"}, status=503
        )
    if waiting:
        return JsonResponse({"ready": False, "why": f"{waiting} migrations wait: run `vigie up`"}, status=503)
    return JsonResponse({"ready": True})
