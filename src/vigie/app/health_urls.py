"""Whether the instance lives, whether it can serve, and how it is doing."""

from django.urls import path

from vigie.app import health, metrics

urlpatterns = [path("healthz", health.healthz), path("readyz", health.readyz), path("metrics", metrics.metrics)]
