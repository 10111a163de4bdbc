"""What the house has settled: terms, rules, settings. Each is added to, and the latest counts."""

from django.db import models

from vigie.store.people import User


class ClauseFile(models.Model):
    """A clause with its versions and rules, as the TOML that a lawyer reads (``terms.reading``); the latest counts."""

    clause = models.CharField(max_length=64, db_index=True)
    toml = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)


class RuleChange(models.Model):
    """A change of rules on its way: written by one person, tried on the past, approved by another, in force from a day.

    ``kind``: ``clause`` (a clause file), ``patterns`` (a pattern file) or ``domains`` (a list), by its name; an empty text
    takes a file away. ``trial`` is what the backtest found. ``publish_on`` is the day from which it may be published (null:
    as soon as it is approved). ``by`` is null where the file was imported.
    """

    kind = models.CharField(
        max_length=8, choices=[("clause", "clause"), ("patterns", "patterns"), ("domains", "domains")]
    )
    name = models.CharField(max_length=100)
    toml = models.TextField()
    why = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    trial = models.JSONField(null=True)
    publish_on = models.DateField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)


class Setting(models.Model):
    """A value that leads and administrators set while the instance runs; the latest of a name counts, the others are history."""

    name = models.CharField(max_length=64, db_index=True)
    value = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


class GoldenCase(models.Model):
    """A post whose right answer is known, given to moderators among others to see how sure their judgement is.

    ``taken_from`` is the post of the decided case that it was made from, so that it is erased with it. A retired one is
    given to nobody any more; its answers stay.
    """

    source = models.CharField(max_length=200)
    text = models.TextField()
    language = models.CharField(max_length=8)
    breach = models.BooleanField()
    clause = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    taken_from = models.ForeignKey("store.CasePost", models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
