"""What the simulated moderators write down: the facts of a post and why it breaks the clause, in the post's language."""

from collections.abc import Sequence

from vigie.demo.history import Language

_FACTS: dict[Language, tuple[str, str]] = {
    "fr": (
        "La publication contient\u00a0: «\u00a0{words}\u00a0».",
        "La publication s’en prend à quelqu’un sans employer de mot connu.",
    ),
    "en": ("The post contains: “{words}”.", "The post attacks somebody without using a known word."),
}
#: By the first part of a clause's id; the last line is for the others.
_WHY: dict[Language, dict[str, str]] = {
    "fr": {
        "hate": "Elle rabaisse des personnes pour ce qu’elles sont, et non pour ce qu’elles ont dit ou fait.",
        "violence": "Elle annonce une violence, ou y appelle, contre des personnes reconnaissables.",
        "abuse": "Elle vise une personne pour la blesser, sans rien apporter à l’échange.",
        "fraud": "Le lien mène à une offre qui n’existe pas, faite pour prendre de l’argent ou des données.",
        "": "Elle enfreint la règle citée.",
    },
    "en": {
        "hate": "It degrades people for who they are, not for what they said or did.",
        "violence": "It announces violence, or calls for it, against people who can be recognised.",
        "abuse": "It is aimed at one person in order to hurt, and adds nothing to the exchange.",
        "fraud": "The link leads to an offer that does not exist, made to take money or data.",
        "": "It breaks the clause that is cited.",
    },
}


def facts(language: Language, words: Sequence[str]) -> str:
    """What the post says. ``words``: those that the machine highlighted, if any.

    >>> facts("en", ["glimber", "out"])
    'The post contains: “glimber”, “out”.'
    """
    found, none = _FACTS[language]
    between = "\u00a0», «\u00a0" if language == "fr" else "”, “"
    return found.format(words=between.join(words)) if words else none


def explanation(language: Language, clause: str) -> str:
    """Why it breaks the clause (an id).

    >>> explanation("en", "fraud.scam_links")
    'The link leads to an offer that does not exist, made to take money or data.'
    """
    by_area = _WHY[language]
    return by_area.get(clause.partition(".")[0], by_area[""])
