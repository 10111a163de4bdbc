"""The fixed phrases that stand around a clause when it is shown or compared, in English and in French."""

from vigie.errors import Refused
from vigie.law.dsa import visibilities

_PHRASES = {
    "en": {
        "from": "in force from {day}",
        "allowed": "What remains allowed",
        "follows": "What follows",
        "strikes": "{restriction}; {strikes} added to the account",
        "strike": "{count} strike|{count} strikes",
        "grounds": "Legal grounds",
        "no_ground": "None: this clause rests on the terms of use alone.",
        "unconfirmed": "awaits a legal officer, and is not sent to anyone until then",
        "looked": "How the machine looks for it",
        "by_hand": "It does not: notices and moderators do.",
        "thresholds": "where review is {values}",
        "alone": "the machine acts alone on {signal} only where a precision of {precision} is proven (tried at {grid})",
        "is": "{what}: {value}",
        "versions": "Versions",
        "none": "nothing",
        "new": "new clause",
        "gone": "clause withdrawn",
        "changed_in_place": "was changed in place. Once a decision has cited a version it never changes: "
        "leave it as it was and give the change a new number",
        "version_gone": "was taken out. Once a decision has cited a version it stays: put it back",
        "title": "title",
        "gravity": "gravity",
        "dsa_category": "category",
        "dsa_keywords": "keywords",
        "in_force_from": "in force from",
        "restriction": "restriction",
        "count": "strikes",
        "legal": "legal grounds",
        "text": "text",
        "exceptions": "what remains allowed",
        "elsewhere": "{what} also changed in: {languages}",
        "rules": "rules (not part of what the public reads)",
    },
    "fr": {
        "from": "en vigueur depuis le {day}",
        "allowed": "Ce qui reste permis",
        "follows": "Ce qui s’ensuit",
        "strikes": "{restriction}\u00a0; {strikes} au compte",
        "strike": "{count} avertissement|{count} avertissements",
        "grounds": "Fondements juridiques",
        "no_ground": "Aucun\u00a0: cette clause repose sur les seules conditions d’utilisation.",
        "unconfirmed": "attend un juriste, et n’est envoyé à personne d’ici là",
        "looked": "Comment la machine la cherche",
        "by_hand": "Elle ne la cherche pas\u00a0: les signalements et les modérateurs s’en chargent.",
        "thresholds": "où review vaut {values}",
        "alone": "la machine n’agit seule sur {signal} que là où une précision de {precision} est prouvée "
        "(seuils essayés\u00a0: {grid})",
        "is": "{what}\u00a0: {value}",
        "versions": "Versions",
        "none": "rien",
        "new": "nouvelle clause",
        "gone": "clause retirée",
        "changed_in_place": "a été modifiée sur place. Une version qu’une décision a citée ne change plus\u00a0: "
        "laissez-la telle quelle et donnez un nouveau numéro à la modification",
        "version_gone": "a été supprimée. Une version qu’une décision a citée demeure\u00a0: remettez-la",
        "title": "titre",
        "gravity": "gravité",
        "dsa_category": "catégorie",
        "dsa_keywords": "mots-clés",
        "in_force_from": "en vigueur depuis",
        "restriction": "restriction",
        "count": "avertissements",
        "legal": "fondements juridiques",
        "text": "texte",
        "exceptions": "ce qui reste permis",
        "elsewhere": "{what}\u00a0: également modifié en {languages}",
        "rules": "règles (hors de ce que lit le public)",
    },
}


def say(phrase: str, lang: str, **values: object) -> str:
    """A phrase in a language.

    >>> say("from", "fr", day="2026-11-01")
    'en vigueur depuis le 2026-11-01'

    Raises: Refused when the language is not one of those that every clause has.
    """
    if lang not in _PHRASES:
        raise Refused(f'terms are not shown in "{lang}"; ask for {" or ".join(_PHRASES)}')
    return _PHRASES[lang][phrase].format(**values)


def strikes(count: int, lang: str) -> str:
    """A number of strikes in words; French counts zero as one.

    >>> strikes(0, "en"), strikes(0, "fr")
    ('0 strikes', '0 avertissement')
    """
    one, many = say("strike", lang, count=count).split("|")
    return one if count == 1 or (count == 0 and lang == "fr") else many


def restriction(name: str, lang: str) -> str:
    """What is done to a post, in words.

    >>> restriction("DECISION_VISIBILITY_CONTENT_REMOVED", "fr")
    'Retrait du contenu'
    """
    return visibilities()[name].label(lang)
