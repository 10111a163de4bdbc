"""What the console says in the reader's language: refusals with who can mend them, gaps beside their fields, history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from vigie.review.sentences import IllegalMove, say
from vigie.services import settings
from vigie.services.wellbeing import Resting
from vigie.store.models import Fact, User

AREAS: Mapping[str, Promise] = {
    "abuse": lazy("Harassment"),
    "atrocity": lazy("Atrocities"),
    "children": lazy("Children"),
    "fraud": lazy("Fraud"),
    "hate": lazy("Hatred"),
    "platform": lazy("Platform abuse"),
    "privacy": lazy("Privacy"),
    "terrorism": lazy("Terrorism"),
    "violence": lazy("Violence"),
}

SIGNALS: Mapping[str, Promise] = {
    "hate": lazy("hatred"),
    "racism": lazy("racism"),
    "antisemitism": lazy("antisemitism"),
    "lgbtphobia": lazy("hatred of LGBT people"),
    "misogyny": lazy("misogyny"),
    "other_hate": lazy("hatred of another group"),
    "violence": lazy("violence"),
    "insult": lazy("insult"),
    "religion": lazy("hatred of a religion"),
    "disability": lazy("contempt of disability"),
    "incitement": lazy("incitement"),
    "threat": lazy("threat"),
    "atrocity_praise": lazy("praise of atrocities"),
    "atrocity_denial": lazy("denial of atrocities"),
    "hoax": lazy("hoax about victims"),
    "doxxing": lazy("private details"),
    "grooming": lazy("approach of a minor"),
    "terrorism": lazy("terrorism"),
    "scam": lazy("scam"),
    "spam": lazy("spam"),
    "evasion": lazy("ban evasion"),
    "intimate_image": lazy("intimate images"),
    "scam_link": lazy("link to a scam"),
}

#: What the law asks for and a form lacks: the field beside which it is said, and the sentence.
GAPS: Mapping[str, tuple[str, Promise]] = {
    "17(3)(b): the facts and circumstances are not stated; write what the post says or does": (
        "facts",
        lazy("Write what the post says or does (Article 17(3)(b))."),
    ),
    "17(3)(e): no clause is named; choose the clause that the post breaks": (
        "clause",
        lazy("Choose the clause that the post breaks (Article 17(3)(e))."),
    ),
    "17(3)(e): it is not explained why the post breaks the clause; write why": (
        "explanation",
        lazy("Write why this breaks the clause (Article 17(3)(e))."),
    ),
    "17(3)(a): no restriction is named; choose what is done": (
        "restriction",
        lazy("Choose what is done to the post (Article 17(3)(a))."),
    ),
}

HISTORY: Mapping[str, Promise] = {
    "opened": lazy("A machine proposed this case."),
    "claimed": lazy("%(who)s took the case."),
    "released": lazy("%(who)s gave the case back."),
    "held": lazy("%(who)s put the case on hold."),
    "taken up again": lazy("%(who)s took the case off hold."),
    "skipped": lazy("%(who)s left the case to others."),
    "escalated": lazy("%(who)s left the case to a lead."),
    "opinion asked": lazy("%(who)s asked for an opinion."),
    "opinion given": lazy("%(who)s gave an opinion."),
    "question taken back": lazy("%(who)s went on without the opinion."),
    "handed over": lazy("%(who)s handed the case to %(to)s."),
    "note": lazy("%(who)s wrote a note."),
    "lapsed": lazy("The case went back to its queue: nothing followed in time."),
    "undone": lazy("%(who)s took the decision back before anybody outside heard of it."),
    "looked again": lazy("%(who)s judged the case again, without knowing the decision."),
    "drawn": lazy("The draw chose this decision for a second look."),
    "not drawn": lazy("The draw did not choose this decision for a second look."),
    "invited": lazy("%(who)s invited somebody from outside to judge the case."),
}

_DECIDED = {
    (True, True): lazy("%(who)s decided: a restriction under %(cited)s."),
    (True, False): lazy("%(who)s decided: the post stays up."),
    (False, True): lazy("The machine decided: a restriction under %(cited)s."),
    (False, False): lazy("The machine decided: the post stays up."),
}


def area(name: str) -> str:
    """A harm area as people call it."""
    return str(AREAS.get(name, name.replace("_", " ").capitalize()))


def tongue(code: str) -> str:
    """A language by its name."""
    if code in ("", "und"):
        return _("undetermined")
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def signal(name: str) -> str:
    """A signal as people call it; those of pattern files say so."""
    plain = name.removesuffix("_words")
    known = str(SIGNALS.get(plain, plain.replace("_", " ")))
    return _("%(signal)s (words)") % {"signal": known} if plain != name else known


def likely(value: float) -> str:
    """A probability in [0, 1] in words."""
    words = ((0.9, _("almost certain")), (0.7, _("very likely")), (0.5, _("likely")), (0.2, _("possible")))
    return next((word for least, word in words if value >= least), _("unlikely"))


def happened(fact: Fact, names: Mapping[int, str]) -> str:
    """What happened, as a sentence; ``names`` are those of the people that details speak of."""
    who = fact.by.shown_as if fact.by else ""
    details: dict[str, Any] = fact.details
    if fact.kind == "decided":
        return str(_DECIDED[fact.by is not None, bool(details.get("breach"))]) % {
            "who": who,
            "cited": details.get("cited", ""),
        }
    said = HISTORY.get(fact.kind)
    to = names.get(details.get("to") or 0, "")
    return fact.kind if said is None else str(said) % {"who": who, "to": to}


def gap(text: str) -> tuple[str, str]:
    """The field beside which a gap is said, and how."""
    field, said = GAPS.get(text, ("", text))
    return field, str(said)


def refusal(error: Exception, language: str) -> str:
    """Why something cannot be done, in the reader's language, with names of people and local times."""
    if isinstance(error, IllegalMove):
        return say(error.key, language, **{name: _value(value) for name, value in error.values.items()})
    if isinstance(error, Resting):
        return error.answer.sentence(language, f"{_local(error.answer.until):%H:%M}" if error.answer.until else "")
    return _(str(error))


def _value(value: str | datetime) -> str:
    if isinstance(value, datetime):
        at = _local(value)
        return f"{date_format(at, 'j F')} {at:%H:%M}"
    person = User.objects.filter(pk=value).first() if value.isdigit() else None
    return person.shown_as if person else value


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(settings.value("zone")))
