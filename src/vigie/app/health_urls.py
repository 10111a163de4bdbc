"""Whether the instance lives, and whether it can serve."""

from django.urls import path

from vigie.app import health

urlpatterns = [path("healthz", health.healthz), path("readyz", health.readyz)]
