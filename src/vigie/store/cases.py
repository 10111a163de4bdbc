"""Cases: what a person must decide, where each stands, and everything that ever happened to it."""

from django.db import models
from django.db.models import Q

from vigie.review import lifecycle
from vigie.store.content import Account, Post
from vigie.store.people import User

STATUSES = [(one.value, one.value) for one in lifecycle.Status]


class Case(models.Model):
    """One question to a person: does this post, or this campaign of one account, break this clause?

    The fields from ``status`` to ``not_before`` are ``review.lifecycle.CaseState``, and only services change them.
    ``harm`` is the expected harm still preventable (``review.priority``); ``due`` is a legal clock; a case that is not
    ``admitted`` waits in the log, because the team cannot settle it. ``area`` is the first part of the clause's id.
    ``gravity`` is the clause's; ``imminent``: decisions go out at once.
    """

    source = models.CharField(max_length=200)
    clause = models.CharField(max_length=64)
    area = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="cases")
    opened_at = models.DateTimeField()
    probability = models.FloatField()
    gravity = models.SmallIntegerField()
    imminent = models.BooleanField(default=False)
    harm = models.FloatField(default=0.0)
    due = models.DateTimeField(null=True)
    admitted = models.BooleanField(default=True)
    golden = models.ForeignKey("store.GoldenCase", models.PROTECT, null=True, related_name="cases")

    status = models.CharField(max_length=16, choices=STATUSES, default=lifecycle.Status.OPEN)
    queue = models.CharField(max_length=16, choices=STATUSES, default=lifecycle.Status.OPEN)
    holder = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    skipped_by = models.JSONField(default=list)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    not_before = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        indexes = (
            models.Index(fields=["status", "admitted", "-harm"], name="case_queue"),
            models.Index(fields=["status", "language", "area", "-harm"], name="case_queue_of"),
            models.Index(fields=["status", "admitted", "area", "language"], name="case_counts"),
            models.Index(fields=["status", "admitted", "due"], name="case_due_waiting", condition=Q(due__isnull=False)),
            models.Index(fields=["due"], name="case_due", condition=Q(due__isnull=False)),
            models.Index(
                fields=["status", "admitted", "area", "harm"], name="case_golden", condition=Q(golden__isnull=False)
            ),
            models.Index(fields=["holder"], name="case_holder", condition=Q(holder__isnull=False)),
            models.Index(fields=["source", "account", "clause", "opened_at"], name="case_campaign"),
        )


class CasePost(models.Model):
    """A post in a case, as the machine proposed it: under which version, with which scores and evidence.

    The same post is in the inbox again after a crash, and here once: by post and clause.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="posts")
    post = models.ForeignKey(Post, models.PROTECT, related_name="in_cases")
    cited = models.CharField(max_length=80)
    clause = models.CharField(max_length=64)
    also = models.JSONField(default=list)
    route = models.CharField(max_length=8)
    restriction = models.CharField(max_length=64)
    scores = models.JSONField(default=dict)
    evidence = models.JSONField(default=list)
    rulebook = models.CharField(max_length=32)
    model = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["post", "clause"], name="case_post_once"),)


class Fact(models.Model):
    """Something that happened to a case, once and for all: who, when, what, why. Nothing here is ever changed.

    ``by`` is null where the machine acted. ``kind`` is the service's name.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="facts")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=32)
    why = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["case", "at"], name="fact_by_case"),)


class InboxPosition(models.Model):
    """How far the inbox of each writer of the journal has become cases; saved with the cases, in one transaction."""

    writer = models.CharField(max_length=64, primary_key=True)
    segment = models.BigIntegerField()
    offset = models.BigIntegerField()
