"""Decisions and their reasons: facts that are added, and taken back only by another fact."""

from django.db import models

from vigie.store.cases import Case
from vigie.store.content import Post
from vigie.store.people import User


class Stage(models.TextChoices):
    """Which look a verdict comes from; the second look is blind and restricts nothing by itself."""

    FIRST = "first", "first"
    SECOND = "second", "second look"
    FINAL = "final", "settled by a lead"


class Decision(models.Model):
    """What was decided about a case: left up (``breach`` false), or restricted under a clause, with facts and explanation.

    ``cited`` is clause@version; ``restriction`` a visibility of the Transparency Database; ``scope`` the countries
    (ISO 3166, empty: everywhere), ``until`` its end (null: indefinite). ``by`` is null where the machine decided.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="decisions")
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.FIRST)
    breach = models.BooleanField()
    cited = models.CharField(max_length=80, blank=True)
    restriction = models.CharField(max_length=64, blank=True)
    scope = models.JSONField(default=list)
    until = models.DateTimeField(null=True)
    strikes = models.SmallIntegerField(default=0)
    facts = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    took = models.FloatField(null=True)  # seconds from claim to decision

    class Meta:
        indexes = (
            models.Index(fields=["case", "at"], name="decision_by_case"),
            models.Index(fields=["by", "at"], name="decision_by_person"),
            models.Index(fields=["cited", "at"], name="decision_by_clause"),
        )


class Cancellation(models.Model):
    """A decision was taken back: undone in time, or replaced by a lead's."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="cancellation")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why = models.TextField()


class ReasonsRecord(models.Model):
    """Why someone was restricted (Digital Services Act, Article 17), made with the decision, in one transaction.

    ``language`` is the person's; ``text`` is what they are told, in each language of the house; ``fields`` are the facts
    of the statement, in the words of the Transparency Database.
    """

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="reasons")
    kind = models.CharField(max_length=24, default="statement")
    language = models.CharField(max_length=8)
    text = models.JSONField()
    fields = models.JSONField()
    at = models.DateTimeField()


class Receipt(models.Model):
    """The platform says what became of a decision: ``applied`` puts it in force, ``failed`` raises an alarm."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="receipts")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=8, choices=[("applied", "applied"), ("failed", "failed")])
    detail = models.TextField(blank=True)
    at = models.DateTimeField()
