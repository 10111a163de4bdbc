"""What must still be told to the outside, and who there may ask: outbox, webhooks, API keys."""

from django.db import models
from django.db.models import Q

from vigie.store.decisions import Decision
from vigie.store.people import User


class Outbox(models.Model):
    """A message that leaves when ``not_before`` has come; an undone decision's message never does.

    It is about a decision, or it is an alarm. ``number`` is given by the background process when it leaves, without gaps and
    in order: the feed counts by it. ``confirmed_at``: since when the platform says that the decision is in force
    (``services.receipts``).
    """

    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="outbox")
    event = models.CharField(max_length=32)
    payload = models.JSONField()
    not_before = models.DateTimeField(db_index=True)
    number = models.BigIntegerField(null=True, unique=True)
    released_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["number"], name="outbox_unconfirmed", condition=Q(confirmed_at__isnull=True)),)


class Alarm(models.Model):
    """Something is wrong, and people were told: by webhook at ``told_at``, by mail at ``mailed_at``. It goes once it is mended."""

    key = models.CharField(max_length=100, unique=True)
    since = models.DateTimeField()
    told_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)


class Endpoint(models.Model):
    """Where the platform wants to be told: a URL and the secret that signs what is sent there."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()


class Delivery(models.Model):
    """One message on its way to one endpoint: tried again with longer waits, then dead and shown in the console."""

    outbox = models.ForeignKey(Outbox, models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries")
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["outbox", "endpoint"], name="delivery_once"),)


class ApiKey(models.Model):
    """A program of the platform. The key itself is shown once and kept as a hash.

    ``scopes``: ``posts:write``, ``accounts:write``, ``decisions:read``, ``decisions:write``. ``rate``: requests a minute.
    """

    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    source = models.CharField(max_length=200)
    rate = models.IntegerField(default=60_000)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
