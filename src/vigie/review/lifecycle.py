"""The life of a case, from the queue to the last look: what may follow what, and who may do it.

A case waits in a queue, is in the hands of one person, or is decided::

    open ─────────┐            ┌─ hold ─ unhold
    escalated ────┼─ claimed ──┼─ decide ───── decided ── second_look ── claimed ─┬─ agrees ──── decided
                  │            ├─ ask an opinion ── second_opinion                └─ disagrees ─ disagreed
                  └────────────┴─ release, skip, lapse                                            │
                                                          decided ── settled by a lead ── claimed ┘

Every function takes a state and an act (who, when, why) and returns the next state; it changes nothing, and raises
``IllegalMove`` (an ``OutOfOrder``) with a sentence for the moderator. Rights (language, area, role) are asked elsewhere;
only "is this person a lead" is asked here. An invited reviewer is a person like any other.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from vigie.review.sentences import IllegalMove

#: How long a decision waits before anybody outside hears of it: so long it can be undone.
UNDO: Final = timedelta(seconds=30)
#: A claim that nothing follows lapses, so that a case does not stay with someone who has gone home.
CLAIM_LASTS: Final = timedelta(minutes=30)
#: A longer hold would be a way to lose a case.
LONGEST_HOLD: Final = timedelta(days=7)


class Status(StrEnum):
    """Where a case is. Those in ``IN_HAND`` are with one person; ``DECIDED`` is with nobody; the others wait."""

    OPEN = "open"
    CLAIMED = "claimed"
    HELD = "held"
    ESCALATED = "escalated"
    SECOND_OPINION = "second_opinion"
    DECIDED = "decided"
    SECOND_LOOK = "second_look"
    DISAGREED = "disagreed"


IN_HAND: Final = frozenset({Status.CLAIMED, Status.HELD})


class Act(msgspec.Struct, frozen=True):
    """Who does something, when (an instant with a zone) and why; ``lead``: is this person a lead moderator?"""

    who: str
    at: datetime
    why: str = ""
    lead: bool = False


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides what may happen to a case next.

    ``queue`` is where it waits when nobody has it: OPEN, ESCALATED, SECOND_LOOK or DISAGREED. ``holder`` has it in hand
    since ``since``, on hold until ``held_until``. ``asked_by`` waits for an opinion. Whoever is in ``skipped_by`` is not
    offered the case again, though they may take it. ``decided_by`` decided, ``second_by`` looked again, ``settled_by``
    settled their disagreement; before ``not_before`` nobody outside hears of the latest of these decisions.
    """

    status: Status = Status.OPEN
    queue: Status = Status.OPEN
    holder: str | None = None
    since: datetime | None = None
    held_until: datetime | None = None
    asked_by: str | None = None
    skipped_by: tuple[str, ...] = ()
    decided_by: str | None = None
    second_by: str | None = None
    settled_by: str | None = None
    not_before: datetime | None = None


def claim(state: CaseState, act: Act) -> CaseState:
    """Take a waiting case. Nobody else can have it until it is given back.

    >>> from datetime import UTC
    >>> taken = claim(CaseState(), Act("camille", datetime(2026, 11, 23, 9, tzinfo=UTC)))
    >>> taken.status, taken.holder
    (<Status.CLAIMED: 'claimed'>, 'camille')

    Raises: IllegalMove when someone has it, it is decided, or it waits for someone else.
    """
    if state.holder is not None:
        raise IllegalMove("taken", holder=state.holder)
    if state.status is Status.DECIDED:
        raise IllegalMove("decided")
    _may_have(state, act.who, act.lead)
    return replace(state, status=Status.CLAIMED, holder=act.who, since=act.at)


def release(state: CaseState, act: Act) -> CaseState:
    """Give a case back to its queue: whoever has it, or a lead who says why. A lead also ends the wait for an opinion."""
    owner = state.holder or state.asked_by
    if owner is None:
        raise IllegalMove("decided" if state.status is Status.DECIDED else "not_taken")
    if act.who != owner:
        if not act.lead:
            raise IllegalMove("taken", holder=owner)
        _reasoned(act)
    return _waiting(state if state.holder else replace(state, asked_by=None))


def lapse(state: CaseState, at: datetime, claim_lasts: timedelta = CLAIM_LASTS) -> CaseState:
    """The case as it is at ``at``: holds that have ended and claims that nothing followed go back to their queue."""
    ends = state.held_until or (state.since + claim_lasts if state.since else None)
    return state if state.status not in IN_HAND or ends is None or at < ends else _waiting(state)


def hold(state: CaseState, act: Act, until: datetime) -> CaseState:
    """Keep a case without working on it, until an instant; then it lapses to its queue. Seven days at most."""
    _in_hand(state, act)
    if until <= act.at:
        raise IllegalMove("hold_in_past")
    if until > act.at + LONGEST_HOLD:
        raise IllegalMove("hold_too_long", latest=act.at + LONGEST_HOLD)
    return replace(state, status=Status.HELD, held_until=until)


def unhold(state: CaseState, act: Act) -> CaseState:
    """Work again on a case that one holds."""
    if state.status is not Status.HELD:
        raise IllegalMove("not_on_hold")
    if state.holder != act.who:
        raise IllegalMove("taken", holder=state.holder or "")
    return replace(state, status=Status.CLAIMED, since=act.at, held_until=None)


def skip(state: CaseState, act: Act) -> CaseState:
    """Leave a case to others, saying why; one is not offered it again."""
    _in_hand(state, act)
    _reasoned(act)
    return _waiting(replace(state, skipped_by=tuple(dict.fromkeys((*state.skipped_by, act.who)))))


def escalate(state: CaseState, act: Act) -> CaseState:
    """Leave an ordinary case to a lead, saying why."""
    _undecided(state, act)
    if state.queue is not Status.OPEN:
        raise IllegalMove("with_lead_already")
    _reasoned(act)
    return _waiting(replace(state, queue=Status.ESCALATED))


def hand_over(state: CaseState, act: Act, to: str, to_lead: bool = False) -> CaseState:
    """Put a case into the hands of a named person, with a note (``act.why``); ``to_lead``: is that person a lead?"""
    _in_hand(state, act)
    _reasoned(act)
    if to == act.who:
        raise IllegalMove("to_yourself")
    _may_have(state, to, to_lead)
    return replace(state, holder=to, since=act.at)


def ask_opinion(state: CaseState, act: Act) -> CaseState:
    """Ask anybody else for an opinion, saying what about; the case stays with whoever asks, who will decide."""
    _undecided(state, act)
    _reasoned(act)
    return _waiting(replace(state, asked_by=act.who))


def give_opinion(state: CaseState, act: Act) -> CaseState:
    """Give the opinion (``act.why``) that one was asked for; the case goes back to whoever asked."""
    _in_hand(state, act)
    if state.asked_by is None:
        raise IllegalMove("no_opinion_asked")
    _reasoned(act)
    return replace(state, holder=state.asked_by, since=act.at, asked_by=None)


def take_back_question(state: CaseState, act: Act) -> CaseState:
    """Go on without the opinion that one asked for, as long as nobody is looking at it."""
    if state.status is not Status.SECOND_OPINION:
        raise IllegalMove("no_opinion_asked" if state.holder is None else "taken", holder=state.holder or "")
    if state.asked_by != act.who:
        raise IllegalMove("taken", holder=state.asked_by or "")
    return replace(state, status=Status.CLAIMED, holder=act.who, since=act.at, asked_by=None)


def decide(state: CaseState, act: Act, imminent: bool = False) -> CaseState:
    """Decide a case in hand. Nobody outside hears of it for 30 s, unless the clause is about imminent harm."""
    _undecided(state, act)
    done = replace(state, status=Status.DECIDED, holder=None, since=None)
    return replace(done, decided_by=act.who, not_before=_goes_out(act, imminent))


def undo(state: CaseState, act: Act) -> CaseState:
    """Take back the latest decision, before anybody outside has heard of it; only whoever made it can.

    Raises: IllegalMove when there is none, it is someone else's, or it has gone out.
    """
    decider = state.settled_by or state.decided_by
    if state.status is not Status.DECIDED or decider is None or state.not_before is None:
        raise IllegalMove("nothing_to_undo")
    if act.who != decider:
        raise IllegalMove("not_your_decision", decider=decider)
    if act.at >= state.not_before:
        raise IllegalMove("too_late")
    first = {} if state.settled_by else {"decided_by": None}
    again = replace(state, status=Status.CLAIMED, holder=act.who, since=act.at)
    return replace(again, settled_by=None, not_before=None, **first)


def send_to_second_look(state: CaseState, at: datetime) -> CaseState:
    """Put a decided case before another person, who will not know the decision. Only once it can no longer be undone."""
    if state.status is not Status.DECIDED or state.not_before is None:
        raise IllegalMove("not_decided")
    if state.second_by is not None:
        raise IllegalMove("looked_at_already")
    if at < state.not_before:
        raise IllegalMove("too_early")
    return replace(state, status=Status.SECOND_LOOK, queue=Status.SECOND_LOOK)


def settle_second_look(state: CaseState, act: Act, agrees: bool) -> CaseState:
    """End a second look: where both agree the case is decided, otherwise it waits for a lead.

    ``agrees`` comes of comparing two blind verdicts (``second_look.compare``), nobody is asked it.
    """
    _in_hand(state, act)
    if state.queue is not Status.SECOND_LOOK:
        raise IllegalMove("no_second_look")
    seen = replace(state, holder=None, since=None, second_by=act.who)
    if agrees:
        return replace(seen, status=Status.DECIDED)
    return replace(seen, status=Status.DISAGREED, queue=Status.DISAGREED)


def settle_disagreement(state: CaseState, act: Act, imminent: bool = False) -> CaseState:
    """A lead who is neither of the two decides between them; the lead's word can be undone like any decision."""
    _in_hand(state, act)
    if state.queue is not Status.DISAGREED:
        raise IllegalMove("no_disagreement")
    done = replace(state, status=Status.DECIDED, holder=None, since=None)
    return replace(done, settled_by=act.who, not_before=_goes_out(act, imminent))


def _goes_out(act: Act, imminent: bool) -> datetime:
    return act.at if imminent else act.at + UNDO


def _reasoned(act: Act) -> None:
    if not act.why.strip():
        raise IllegalMove("reason")


def _in_hand(state: CaseState, act: Act) -> None:
    if state.holder is None:
        raise IllegalMove("decided" if state.status is Status.DECIDED else "not_taken")
    if state.holder != act.who:
        raise IllegalMove("taken", holder=state.holder)
    if state.status is Status.HELD:
        raise IllegalMove("on_hold")


def _undecided(state: CaseState, act: Act) -> None:
    """In hand, and neither an opinion, nor a second look, nor a disagreement: those end by acts of their own."""
    _in_hand(state, act)
    if state.asked_by is not None:
        raise IllegalMove("opinion_wanted", asker=state.asked_by)
    if state.queue is Status.SECOND_LOOK:
        raise IllegalMove("second_look_wanted")
    if state.queue is Status.DISAGREED:
        raise IllegalMove("disagreement_wanted")


def _may_have(state: CaseState, who: str, lead: bool) -> None:
    if who == state.asked_by:
        raise IllegalMove("own_question")
    if state.asked_by is None and state.queue in {Status.ESCALATED, Status.DISAGREED} and not lead:
        raise IllegalMove("lead_only")
    if state.queue in {Status.SECOND_LOOK, Status.DISAGREED} and who in {state.decided_by, state.second_by}:
        raise IllegalMove("own_decision")


def _waiting(state: CaseState) -> CaseState:
    """Back where it waits when nobody has it."""
    status = Status.SECOND_OPINION if state.asked_by else state.queue
    return replace(state, status=status, holder=None, since=None, held_until=None)
