"""Cases, people and terms to begin with, for every test of the case plane."""

from datetime import UTC, datetime
from typing import Any

from vigie.services import terms
from vigie.store.models import Account, Case, CasePost, Fact, Post, User
from vigie.store.people import Role

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def person(name: str, *roles: str, **fields: Any) -> User:
    """Somebody who works here; a moderator unless told otherwise."""
    user = User(username=name, roles=list(roles) or [Role.MODERATOR], **fields)
    user.set_password("correct horse battery")
    user.save()
    return user


def case(key: str = "p1", *, text: str = "Une phrase ordinaire.", clause: str = "hate.racism", **fields: Any) -> Case:
    """An open case with one post of an account."""
    terms.import_terms(NOW)
    account, _ = Account.objects.get_or_create(source="s", key=f"account of {key}")
    post = Post.objects.create(
        source="s", key=key, text_hash=hash(key) % 2**60, fingerprint=hash(text) % 2**60, account=account, text=text,
        language="fr", created_at=NOW, views=100, views_at=NOW,
    )  # fmt: skip
    values: dict[str, Any] = {
        "source": "s", "clause": clause, "area": clause.partition(".")[0], "language": "fr", "account": account,
        "opened_at": NOW, "probability": 0.8, "gravity": 4, "harm": 100.0,
    }  # fmt: skip
    made = Case.objects.create(**(values | fields))
    CasePost.objects.create(
        case=made, post=post, cited=f"{clause}@1", clause=clause, route="human",
        restriction="DECISION_VISIBILITY_CONTENT_REMOVED", scores={"racism": 0.8},
        evidence=[{"signal": "racism", "detector": "classifier", "start": 0, "end": 3, "words": text[:3],
                   "why": "pèse le plus dans le score", "weight": 1.0}],
        rulebook="r", model="m", at=NOW,
    )  # fmt: skip
    Fact.objects.create(case=made, at=NOW, kind="opened")
    return made
