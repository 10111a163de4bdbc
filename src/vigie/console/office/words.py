"""What codes are called on the pages of the office, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from vigie.console import saying
from vigie.review.lifecycle import Status
from vigie.services import terms
from vigie.store.people import Role

STATES: Mapping[str, Promise] = {
    Status.OPEN: lazy("Open"),
    Status.CLAIMED: lazy("In hand"),
    Status.HELD: lazy("On hold"),
    Status.ESCALATED: lazy("With a lead"),
    Status.SECOND_OPINION: lazy("Opinion asked"),
    Status.DECIDED: lazy("Decided"),
    Status.SECOND_LOOK: lazy("Second look"),
    Status.DISAGREED: lazy("Disagreement"),
}
ROLES: Mapping[str, Promise] = {
    Role.ADMINISTRATOR: lazy("Administrator"),
    Role.POLICY: lazy("Policy lead"),
    Role.LEAD: lazy("Lead moderator"),
    Role.MODERATOR: lazy("Moderator"),
    Role.CHILDREN: lazy("Child-protection moderator"),
    Role.LEGAL: lazy("Legal officer"),
    Role.AUDITOR: lazy("Auditor"),
    Role.INVITED: lazy("Invited reviewer"),
}
#: The languages that the detectors know.
LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pl", "pt", "ar")


def area(name: str) -> str:
    """A harm area as people call it; "" is all of them."""
    return saying.area(name) if name else _("All areas together")


def areas() -> list[tuple[str, str]]:
    """Every harm area of the terms in force, with what it is called."""
    return [(name, area(name)) for name in sorted({clause.partition(".")[0] for clause in terms.clauses()})]


def clause(name: str) -> str:
    """A clause by its title; where it is not among the terms, by its id."""
    found = terms.clauses().get(name.partition("@")[0])
    return found.title.get(get_language() or "en", found.title["en"]) if found else name


def clauses() -> list[tuple[str, str]]:
    """Every clause, by its title, in the order of the alphabet."""
    return sorted(((name, clause(name)) for name in terms.clauses()), key=lambda pair: pair[1].casefold())


def tongues() -> list[tuple[str, str]]:
    """The languages that a person may be given."""
    return [(code, saying.tongue(code)) for code in LANGUAGES]
