"""Who works here: rights, languages and harm areas, invitations for one case, and a record of every sensitive read."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person may do; one person may have several. An API client is no person: see ``ApiKey``."""

    ADMINISTRATOR = "administrator", "Administrator"
    POLICY = "policy", "Policy lead"
    LEAD = "lead", "Lead moderator"
    MODERATOR = "moderator", "Moderator"
    CHILDREN = "children", "Child-protection moderator"
    LEGAL = "legal", "Legal officer"
    AUDITOR = "auditor", "Auditor"
    INVITED = "invited", "Invited reviewer"


#: Those who decide cases, and so must have a second factor.
DECIDES = frozenset({Role.LEAD, Role.MODERATOR, Role.CHILDREN, Role.INVITED})


class User(AbstractUser):
    """A person who signs in.

    ``roles`` are values of ``Role``. ``languages`` (ISO 639-1) and ``areas`` (the first part of a clause's id) are those
    whose cases the person is given; empty: all. ``opted_out`` are harm areas that the person does not want to see.
    ``screen`` holds how the person wants posts shown: ``blur``, ``grey``, ``mute``, each true or false.
    """

    roles = models.JSONField(default=list)
    languages = models.JSONField(default=list, blank=True)
    areas = models.JSONField(default=list, blank=True)
    opted_out = models.JSONField(default=list, blank=True)
    screen = models.JSONField(default=dict, blank=True)
    interface_language = models.CharField(max_length=2, default="en", choices=[("en", "English"), ("fr", "Français")])

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def has(self, *roles: str) -> bool:
        """Does the person have any of these roles?"""
        return bool(set(roles) & set(self.roles))

    @property
    def decides(self) -> bool:
        """May the person decide cases, and so needs a second factor?"""
        return self.has(*DECIDES)

    @property
    def leads(self) -> bool:
        """Is the person a lead moderator?"""
        return self.has(Role.LEAD)

    @property
    def shown_as(self) -> str:
        """The name that colleagues read."""
        return self.get_full_name() or self.username


class OneTimeLink(models.Model):
    """A link that signs a person in once, to set up the account: for the first administrator, and for who is invited.

    Only the hash of its secret is kept.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="links")
    hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class PersonChange(models.Model):
    """Somebody was added, given other rights, let go or invited: what holds since then, who changed it and when."""

    user = models.ForeignKey(User, models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=32)
    details = models.JSONField(default=dict)


class Invitation(models.Model):
    """Somebody from outside judges one case, because the team has no second person for it."""

    case = models.ForeignKey("store.Case", models.PROTECT, related_name="invitations")
    user = models.OneToOneField(User, models.PROTECT, related_name="invitation")
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invitations_made")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class SensitiveRead(models.Model):
    """Who looked at what and when: an unmasked post, a search, an export, an account's history.

    ``user`` is null where the operator looked, on the command line.
    """

    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=32)
    case = models.ForeignKey("store.Case", models.PROTECT, null=True, related_name="reads")
    detail = models.CharField(max_length=200, blank=True)


class Exposure(models.Model):
    """A post shown unmasked to a person, for the limits that protect them (``review.wellbeing``)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="exposures")
    case = models.ForeignKey("store.Case", models.PROTECT, related_name="+")
    area = models.CharField(max_length=32)
    gravity = models.SmallIntegerField()
    fingerprint = models.BigIntegerField(null=True)
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["user", "begin"], name="exposure_by_user"),)
