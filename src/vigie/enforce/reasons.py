"""Why someone is restricted, in words for that person and in the words of the Transparency Database (Article 17).

Pure: the decision and the clause go in, the record comes out; the moderator sees the same text before deciding.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from vigie.errors import Incomplete
from vigie.law.grounds import grounds
from vigie.terms.clause import LANGUAGES, Clause
from vigie.terms.phrases import restriction as named


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, as its reasons are composed from it.

    ``cited`` is clause@version; ``scope`` are countries (ISO 3166), empty: everywhere; ``until`` is its last instant, None:
    no end is set. ``by_machine``: no person decided; ``found_by_machine``: the post was proposed by a detector.
    """

    clause: Clause
    cited: str
    restriction: str
    facts: str
    explanation: str
    strikes: int
    decided_at: datetime
    posted_at: datetime | None = None
    language: str = "und"
    scope: Sequence[str] = ()
    until: datetime | None = None
    by_machine: bool = False
    found_by_machine: bool = True


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """The record: ``text`` in each language of the house, ``language`` the person's, ``fields`` of the statement."""

    language: str
    text: dict[str, str]
    fields: dict[str, object]


def gaps(ruling: Ruling) -> list[str]:
    """What Article 17 asks for and is not there; empty: the restriction can be made."""
    found = []
    if not ruling.facts.strip():
        found.append("17(3)(b): the facts and circumstances are not stated; write what the post says or does")
    if not ruling.cited:
        found.append("17(3)(e): no clause is named; choose the clause that the post breaks")
    if not ruling.explanation.strip():
        found.append("17(3)(e): it is not explained why the post breaks the clause; write why")
    if not ruling.restriction:
        found.append("17(3)(a): no restriction is named; choose what is done")
    return found


def compose(ruling: Ruling) -> Reasons:
    """The reasons record of a decision to restrict.

    >>> from datetime import UTC
    >>> from vigie.terms.reading import read_terms
    >>> spam = next(clause for clause in read_terms() if clause.id == "platform.spam")
    >>> ruling = Ruling(clause=spam, cited="platform.spam@1", restriction="DECISION_VISIBILITY_CONTENT_REMOVED",
    ...     facts="The same offer was posted forty times.", explanation="Repeating it crowds out others.", strikes=1,
    ...     decided_at=datetime(2026, 12, 1, tzinfo=UTC))
    >>> "The same offer was posted forty times." in compose(ruling).text["en"]
    True

    Raises: Incomplete, naming each gap with its article.
    """
    if missing := gaps(ruling):
        raise Incomplete(missing)
    language = ruling.language if ruling.language in LANGUAGES else "en"
    return Reasons(language=language, text={lang: told(ruling, lang) for lang in LANGUAGES}, fields=_fields(ruling))


def told(ruling: Ruling, lang: str) -> str:
    """What the person will read, in "en" or "fr"; also while it is still being written."""
    say = _WORDS[lang]
    title = ruling.clause.title[lang]
    parts = [
        say["opening"].format(restriction=named(ruling.restriction, lang).lower(), when=_day(ruling.decided_at, lang)),
        say["where"].format(countries=", ".join(ruling.scope)) if ruling.scope else say["everywhere"],
        say["until"].format(day=_day(ruling.until, lang)) if ruling.until else say["no_end"],
        say["facts"].format(facts=_sentence(ruling.facts) or "…"),
        say["clause"].format(title=title, cited=ruling.cited),
        say["why"].format(explanation=_sentence(ruling.explanation) or "…"),
        *_legal(ruling, lang),
        say["strikes"].format(n=ruling.strikes) if ruling.strikes else "",
        say["detected_by_machine"] if ruling.found_by_machine else say["detected_otherwise"],
        say["decided_by_machine"] if ruling.by_machine else say["decided_by_person"],
        say["redress"],
    ]
    return "\n".join(part for part in parts if part)


def _legal(ruling: Ruling, lang: str) -> list[str]:
    """Only grounds that were re-read in the official source, or confirmed since, may reach a person."""
    number = int(ruling.cited.rpartition("@")[2]) if ruling.cited else 0
    version = next((one for one in ruling.clause.versions if one.number == number), None)
    sent = [grounds()[one] for one in version.legal if grounds()[one].may_be_sent] if version else []
    return (
        [_WORDS[lang]["legal"].format(grounds=" ; ".join(f"{one.label(lang)} ({one.reference})" for one in sent))]
        if sent
        else []
    )


def _fields(ruling: Ruling) -> dict[str, object]:
    """The statement in the words of the Transparency Database (schema of July 2025); no personal data."""
    return {
        "decision_visibility": [ruling.restriction],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"{ruling.clause.title['en']} ({ruling.cited})",
        "incompatible_content_explanation": ruling.explanation.strip()[:2000],
        "category": ruling.clause.dsa_category,
        "category_specification": list(ruling.clause.dsa_keywords),
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": _iso(ruling.posted_at or ruling.decided_at),
        "application_date": _iso(ruling.decided_at),
        "end_date_visibility_restriction": _iso(ruling.until) if ruling.until else None,
        "territorial_scope": list(ruling.scope),
        "content_language": ruling.language.upper() if ruling.language in LANGUAGES else None,
        "decision_facts": ruling.facts.strip()[:5000],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if ruling.found_by_machine else "No",
        "automated_decision": "AUTOMATED_DECISION_FULLY" if ruling.by_machine else "AUTOMATED_DECISION_NOT_AUTOMATED",
    }


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def _iso(day: datetime) -> str:
    return day.date().isoformat()


def _day(at: datetime | date | None, lang: str) -> str:
    """
    >>> _day(date(2026, 12, 1), "fr"), _day(date(2026, 12, 1), "en")
    ('1er décembre 2026', '1 December 2026')
    """
    if at is None:
        return ""
    number = "1er" if lang == "fr" and at.day == 1 else str(at.day)
    return f"{number} {_MONTHS[lang][at.month - 1]} {at.year}"


_ENGLISH = "January February March April May June July August September October November December"
_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = "January February March April May June July August September October November December"
_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_MONTHS = {"en": tuple(_ENGLISH.split()), "fr": tuple(_FRENCH.split())}
_WORDS = {
    "en": {
        "opening": "On {when} we decided on your post: {restriction}.",
        "everywhere": "This applies everywhere.",
        "where": "This applies in: {countries}.",
        "until": "It ends on {day}.",
        "no_end": "No end date is set.",
        "facts": "What we found: {facts}",
        "clause": "The clause of our terms: “{title}” ({cited}).",
        "why": "Why your post breaks it: {explanation}",
        "legal": "The law on this: {grounds}.",
        "strikes": "Strikes added to your account: {n}.",
        "detected_by_machine": "An automated system drew our attention to the post.",
        "detected_otherwise": "No automated system was used to find the post.",
        "decided_by_machine": "The decision was taken automatically.",
        "decided_by_person": "A person took the decision.",
        "redress": "You can complain to us free of charge for six months; a person who did not take this decision will decide. "
        "You can also turn to a certified out-of-court dispute settlement body, and to a court.",
    },
    "fr": {
        "opening": "Le {when}, nous avons pris une décision sur votre publication : {restriction}.",
        "everywhere": "Cette décision vaut partout.",
        "where": "Cette décision vaut dans ces pays : {countries}.",
        "until": "Elle prend fin le {day}.",
        "no_end": "Aucune date de fin n’est fixée.",
        "facts": "Ce que nous avons constaté : {facts}",
        "clause": "La clause de nos conditions : « {title} » ({cited}).",
        "why": "Pourquoi votre publication l’enfreint : {explanation}",
        "legal": "La loi à ce sujet : {grounds}.",
        "strikes": "Avertissements ajoutés à votre compte : {n}.",
        "detected_by_machine": "Un système automatisé nous a signalé la publication.",
        "detected_otherwise": "Aucun système automatisé n’a servi à trouver la publication.",
        "decided_by_machine": "La décision a été prise automatiquement.",
        "decided_by_person": "Une personne a pris la décision.",
        "redress": "Vous pouvez nous adresser une réclamation, gratuitement, pendant six mois ; une personne qui n’a pas "
        "pris cette décision la tranchera. Vous pouvez aussi saisir un organe certifié de règlement extrajudiciaire "
        "des litiges, et un tribunal.",
    },
}
