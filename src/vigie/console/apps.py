"""The room as Django knows it."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Pages, templates and the one stylesheet."""

    name = "vigie.console"
    label = "console"
