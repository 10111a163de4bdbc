"""What people wrote, of posts that someone must look at: the text, who wrote it, who complained of it."""

from django.db import models

#: As long as a stream may name a post or an account (``intake.readers.rows``): the platform must hear the name that it knows.
_NAME = 2_000


class Account(models.Model):
    """An account of the platform, known by its source and its id there; personal data, erasable.

    ``contact`` is opaque to us: the platform delivers messages to it. ``age_band``: such as "13-15", as the platform knows it.
    """

    source = models.CharField(max_length=200)
    key = models.CharField(max_length=_NAME, null=True)
    language = models.CharField(max_length=8, blank=True)
    country = models.CharField(max_length=2, blank=True)
    followers = models.BigIntegerField(null=True)
    age_band = models.CharField(max_length=16, blank=True)
    contact = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key"], name="account_once"),)


class Post(models.Model):
    """A post in one of its wordings: another text is another row (``text_hash`` is keyed, as in the log).

    ``views`` is how often it had been seen at ``views_at``. ``context`` is what the platform sent with it: ``thread`` (a
    list of ``account``, ``text``, ``at``), ``url`` … ``fingerprint``: equal for the same words disguised differently.
    """

    source = models.CharField(max_length=200)
    key = models.CharField(max_length=_NAME, null=True)
    text_hash = models.BigIntegerField()
    fingerprint = models.BigIntegerField(null=True, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="posts")
    text = models.TextField()
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField(null=True)
    views = models.BigIntegerField(null=True)
    views_at = models.DateTimeField(null=True)
    context = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key", "text_hash"], name="post_once"),)


class Told(models.Model):
    """What the platform told of a post that nobody has to look at, or not yet: should it become a case, it begins with that.

    ``views`` were counted at ``views_at``; ``at`` is when we were told, and the row goes some days later (``services.posts``).
    """

    source = models.CharField(max_length=200)
    key = models.CharField(max_length=_NAME)
    views = models.BigIntegerField(null=True)
    views_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key"], name="told_once"),)


class Notice(models.Model):
    """Somebody told us of a post; by whom is opaque. What the law asks of notices comes with ``notices``."""

    source = models.CharField(max_length=200)
    post_key = models.CharField(max_length=_NAME)
    at = models.DateTimeField()
    reason = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=["source", "post_key"], name="notice_by_post"),)
