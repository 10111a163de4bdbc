"""``/metrics`` in the format of Prometheus: what an operator is woken up for. Every process gives the same numbers."""

import hmac
import ipaddress
import os
from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from vigie import __version__
from vigie.services.pulse import Pulse, pulse

#: name → what it counts; docs/reference/metrics.md is tested against it.
GAUGES = {
    "vigie_case_lag_seconds": "age of the oldest flagged post that is not a case yet",
    "vigie_cases": "cases that are not decided, by harm area and status",
    "vigie_cases_admitted": "cases in the first queue that the team can settle",
    "vigie_cases_waiting": "cases in the first queue that wait in the log",
    "vigie_due_passed_seconds": "how long the earliest legal clock of an open case has run out; negative: still to run",
    "vigie_outbox_waiting": "messages that have not left yet, those that may still be undone included",
    "vigie_outbox_late_seconds": "how long the oldest message that may leave has been waiting",
    "vigie_deliveries_waiting": "messages to an endpoint that will be tried, or tried again",
    "vigie_deliveries_dead": "messages to an endpoint that are no longer tried",
    "vigie_decisions_unconfirmed": "decisions of seven days that left and were not confirmed in time",
    "vigie_journal_bytes": "bytes of segments on this machine that are not deleted yet",
    "vigie_background_round_seconds": "how long ago the background process of this machine ended a round",
    "vigie_info": "always 1; the version is a label",
}


class _Collector:
    """One look, as Prometheus wants it."""

    def __init__(self, found: Pulse):
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Every gauge that has a value now."""
        found = self._found
        values = {
            "vigie_case_lag_seconds": found.case_lag,
            "vigie_cases_admitted": found.admitted,
            "vigie_cases_waiting": found.waiting,
            "vigie_due_passed_seconds": found.oldest_due,
            "vigie_outbox_waiting": found.outbox_waiting,
            "vigie_outbox_late_seconds": found.outbox_late,
            "vigie_deliveries_waiting": found.deliveries_waiting,
            "vigie_deliveries_dead": found.deliveries_dead,
            "vigie_decisions_unconfirmed": found.unconfirmed,
            "vigie_journal_bytes": found.journal_bytes,
            "vigie_background_round_seconds": found.background_round,
        }
        for name, value in values.items():
            if value is not None:
                yield GaugeMetricFamily(name, GAUGES[name], value=value)
        cases = GaugeMetricFamily("vigie_cases", GAUGES["vigie_cases"], labels=["area", "status"])
        for (area, status), count in sorted(found.cases.items()):
            cases.add_metric([area, status], count)
        yield cases
        version = GaugeMetricFamily("vigie_info", GAUGES["vigie_info"], labels=["version"])
        version.add_metric([__version__], 1)
        yield version


def allowed(request: HttpRequest) -> bool:
    """Whoever has the token; without a token, this machine, as long as the instance has no public address.

    Behind a server that ends TLS every request comes from this machine.
    """
    token = os.environ.get("VIGIE_METRICS_TOKEN", "")
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if settings.ORIGIN:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers; 403, or 503 while the database does not answer."""
    if not allowed(request):
        return HttpResponse(
            "from this machine only, or with the token in VIGIE_METRICS_TOKEN\n", "text/plain", status=403
        )
    try:
        found = pulse(settings.DATA, datetime.now(UTC))
    except OperationalError:
        return HttpResponse("the database does not answer\n", "text/plain", status=503)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(found))
    return HttpResponse(generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4)
