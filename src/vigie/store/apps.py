"""The room as Django knows it."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Every table of the case plane."""

    name = "vigie.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
