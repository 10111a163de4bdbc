"""Every table, where Django looks for them; each is described in its own module."""

from vigie.store.cases import Case, CasePost, Fact, InboxPosition
from vigie.store.content import Account, Notice, Post, Told
from vigie.store.decisions import Cancellation, Decision, ReasonsRecord, Receipt
from vigie.store.outside import Alarm, ApiKey, Delivery, Endpoint, Outbox
from vigie.store.people import Exposure, Invitation, OneTimeLink, PersonChange, SensitiveRead, User
from vigie.store.policy import ClauseFile, GoldenCase, RuleChange, Setting

__all__ = [
    "Account",
    "Alarm",
    "ApiKey",
    "Cancellation",
    "Case",
    "CasePost",
    "ClauseFile",
    "Decision",
    "Delivery",
    "Endpoint",
    "Exposure",
    "Fact",
    "GoldenCase",
    "InboxPosition",
    "Invitation",
    "Notice",
    "OneTimeLink",
    "Outbox",
    "PersonChange",
    "Post",
    "ReasonsRecord",
    "Receipt",
    "RuleChange",
    "SensitiveRead",
    "Setting",
    "Told",
    "User",
]
