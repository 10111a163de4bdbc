"""Who answers whom: replies find a recent post in their language, and often name its author."""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from vigie.demo.drafts import Draft

_RECENT = 120  # posts of one language that may still be answered
_WITHIN = timedelta(hours=12)
_NAMES = 0.5  # of replies begin with the name of whom they answer


def threaded(chance: Random, drafts: Sequence[Draft]) -> None:
    """Give every draft its parent and its root. ``drafts`` are in order of time."""
    recent: dict[str, deque[int]] = {"fr": deque(maxlen=_RECENT), "en": deque(maxlen=_RECENT)}
    for place, draft in enumerate(drafts):
        draft.root = place
        if chance.random() < draft.answers:
            _answer(chance, drafts, place, recent[draft.language])
        recent[draft.language].append(place)


def _answer(chance: Random, drafts: Sequence[Draft], place: int, recent: deque[int]) -> None:
    draft = drafts[place]
    while recent and drafts[recent[0]].at < draft.at - _WITHIN:
        recent.popleft()
    if not recent:
        return
    nearest = len(recent) - 1 - int(chance.random() ** 2 * len(recent))
    parent = drafts[recent[nearest]]
    if parent.account.id == draft.account.id:
        return
    draft.parent, draft.root = recent[nearest], parent.root
    if chance.random() < _NAMES:
        draft.text = f"@{parent.account.handle} {draft.text}"
