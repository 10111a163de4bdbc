"""What a moderator is told when something cannot be done now: whole sentences, in French and in English."""

from datetime import datetime
from typing import Final

from vigie.errors import OutOfOrder

#: By key, then by language. Names in braces are filled in; an instant is given as the console formats it.
SENTENCES: Final[dict[str, dict[str, str]]] = {
    "taken": {
        "en": "This case is with {holder}. Take another one.",
        "fr": "Ce dossier est chez {holder}. Prenez-en un autre.",
    },
    "not_taken": {
        "en": "Nobody has this case. Take it first.",
        "fr": "Personne n’a ce dossier. Prenez-le d’abord.",
    },
    "on_hold": {
        "en": "This case is on hold. Take it off hold first.",
        "fr": "Ce dossier est en attente. Reprenez-le d’abord.",
    },
    "not_on_hold": {
        "en": "This case is not on hold.",
        "fr": "Ce dossier n’est pas en attente.",
    },
    "decided": {
        "en": "This case is already decided.",
        "fr": "Ce dossier est déjà tranché.",
    },
    "reason": {
        "en": "Say why in a few words: whoever takes the case next will read it.",
        "fr": "Dites pourquoi en quelques mots : la personne suivante les lira.",
    },
    "lead_only": {
        "en": "This case waits for a lead moderator.",
        "fr": "Ce dossier attend une personne référente.",
    },
    "own_decision": {
        "en": "You have already judged this case. Somebody else must look at it.",
        "fr": "Vous avez déjà jugé ce dossier. Une autre personne doit le regarder.",
    },
    "own_question": {
        "en": "You asked for this opinion. Somebody else must give it, or take your question back.",
        "fr": "Vous avez demandé cet avis. Une autre personne doit le donner, ou retirez votre question.",
    },
    "to_yourself": {
        "en": "You already have this case. Choose somebody else.",
        "fr": "Vous avez déjà ce dossier. Choisissez quelqu’un d’autre.",
    },
    "hold_in_past": {
        "en": "A hold ends later than now. Choose a later time.",
        "fr": "Une mise en attente se termine plus tard que maintenant. Choisissez une heure ultérieure.",
    },
    "hold_too_long": {
        "en": "A case may be held until {latest} at most. Escalate it or hand it over instead.",
        "fr": "Un dossier peut attendre jusqu’à {latest} au plus. Transmettez-le à une personne référente ou à quelqu’un d’autre.",
    },
    "with_lead_already": {
        "en": "This case is already with the leads. Decide, skip or hand it over.",
        "fr": "Ce dossier est déjà chez les référents. Tranchez, passez ou transmettez.",
    },
    "opinion_wanted": {
        "en": "You were asked for an opinion. Give it; {asker} will decide.",
        "fr": "On vous demande un avis. Donnez-le ; {asker} tranchera.",
    },
    "no_opinion_asked": {
        "en": "Nobody asked for an opinion on this case.",
        "fr": "Personne n’a demandé d’avis sur ce dossier.",
    },
    "second_look_wanted": {
        "en": "This is a second look at a decision. Give your own verdict as a second look.",
        "fr": "C’est un second regard sur une décision. Donnez votre propre avis comme second regard.",
    },
    "no_second_look": {
        "en": "This case is not in second look.",
        "fr": "Ce dossier n’est pas en second regard.",
    },
    "disagreement_wanted": {
        "en": "Two people disagree on this case. Settle the disagreement.",
        "fr": "Deux personnes sont en désaccord sur ce dossier. Réglez le désaccord.",
    },
    "no_disagreement": {
        "en": "Nobody disagrees on this case.",
        "fr": "Il n’y a pas de désaccord sur ce dossier.",
    },
    "nothing_to_undo": {
        "en": "There is no decision to undo.",
        "fr": "Il n’y a pas de décision à annuler.",
    },
    "not_your_decision": {
        "en": "Only {decider} can undo this decision.",
        "fr": "Seule la personne qui a tranché ({decider}) peut annuler cette décision.",
    },
    "too_late": {
        "en": "The decision has gone out. It can no longer be undone; make a new one.",
        "fr": "La décision est partie. Elle ne peut plus être annulée ; prenez-en une nouvelle.",
    },
    "too_early": {
        "en": "The decision can still be undone. It is looked at again afterwards.",
        "fr": "La décision peut encore être annulée. Elle sera revue ensuite.",
    },
    "looked_at_already": {
        "en": "This decision has already been looked at again.",
        "fr": "Cette décision a déjà été revue.",
    },
    "not_decided": {
        "en": "This case is not decided yet.",
        "fr": "Ce dossier n’est pas encore tranché.",
    },
    "opted_out": {
        "en": "You have opted out of this harm area.",
        "fr": "Vous avez choisi de ne pas voir ce type de contenus.",
    },
    "seen_before": {
        "en": "You have already seen this post. It is not shown again.",
        "fr": "Vous avez déjà vu cette publication. Elle n’est pas montrée à nouveau.",
    },
    "area_cap": {
        "en": "You have seen enough of this kind of harm today. More can be shown from {until}.",
        "fr": "Vous avez assez vu ce type de contenus aujourd’hui. La suite est possible à partir de {until}.",
    },
    "day_cap": {
        "en": "You have seen enough for today. More can be shown from {until}.",
        "fr": "Vous en avez assez vu aujourd’hui. La suite est possible à partir de {until}.",
    },
    "rest_after_work": {
        "en": "Time for a break, until {until}.",
        "fr": "C’est l’heure d’une pause, jusqu’à {until}.",
    },
    "rest_after_grave": {
        "en": "You have just seen many grave posts. Take a break until {until}.",
        "fr": "Vous venez de voir beaucoup de publications graves. Faites une pause jusqu’à {until}.",
    },
}


def say(key: str, language: str, **values: str) -> str:
    """The sentence of a key in "en" or "fr".

    >>> say("taken", "fr", holder="Camille")
    'Ce dossier est chez Camille. Prenez-en un autre.'
    """
    return SENTENCES[key][language].format(**values)


def number(value: float, digits: int, language: str) -> str:
    """A number as people read it: thin spaces between thousands, the decimal sign of "en" or "fr".

    >>> number(0.825, 1, "fr"), number(12_345.6, 0, "en").split()
    ('0,8', ['12', '346'])
    """
    written = f"{value:,.{digits}f}".replace(",", "\u202f").replace("-", "−")
    return written.replace(".", ",") if language == "fr" else written


class IllegalMove(OutOfOrder):
    """A step that the state of a case does not allow, with the sentence that the moderator reads.

    ``key`` names the sentence; ``values`` fill it in (names of people; instants, which the console formats).

    >>> IllegalMove("taken", holder="Camille").sentence("en")
    'This case is with Camille. Take another one.'
    """

    def __init__(self, key: str, **values: str | datetime):
        self.key, self.values = key, values
        super().__init__(self.sentence("en"))

    def sentence(self, language: str) -> str:
        """The sentence in "en" or "fr"; instants as "2026-11-23 14:05 UTC"."""
        said = {
            name: f"{value:%Y-%m-%d %H:%M %Z}" if isinstance(value, datetime) else value
            for name, value in self.values.items()
        }
        return say(self.key, language, **said)
