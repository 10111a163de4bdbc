"""A case is with one person at most, is judged by people who are not the same, and cannot be undone once it is out."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vigie.errors import OutOfOrder
from vigie.review import lifecycle, sentences
from vigie.review.lifecycle import UNDO, Act, CaseState, IllegalMove, Status

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANN, BEN, LEA, LOU = "ann", "ben", "lea", "lou"
LEADS = {LEA, LOU}


def act(who: str, after: float = 0, why: str = "because") -> Act:
    return Act(who, NINE + timedelta(seconds=after), why, who in LEADS)


def taken(who: str = ANN, **fields: object) -> CaseState:
    return lifecycle.claim(CaseState(**fields), act(who))


def refused(key: str, move, *arguments: object) -> None:
    with pytest.raises(OutOfOrder) as error:
        move(*arguments)
    assert error.value.key == key


def decided(by: str = ANN) -> CaseState:
    return lifecycle.decide(taken(by), act(by))


def disagreed() -> CaseState:
    looked = lifecycle.claim(lifecycle.send_to_second_look(decided(), NINE + UNDO), act(BEN, 40))
    return lifecycle.settle_second_look(looked, act(BEN, 50), agrees=False)


def test_nobody_takes_what_another_has():
    refused("taken", lifecycle.claim, taken(ANN), act(BEN))
    refused("taken", lifecycle.decide, taken(ANN), act(BEN))
    refused("taken", lifecycle.release, taken(ANN), act(BEN))


def test_one_decides_only_what_one_has_taken():
    refused("not_taken", lifecycle.decide, CaseState(), act(ANN))
    refused("decided", lifecycle.claim, decided(), act(BEN))
    refused("decided", lifecycle.decide, decided(), act(ANN))
    refused("decided", lifecycle.release, decided(), act(ANN))


def test_a_lead_gives_back_what_another_has_with_a_reason():
    assert lifecycle.release(taken(ANN), act(LEA)) == CaseState()
    refused("reason", lifecycle.release, taken(ANN), act(LEA, why=" "))


@pytest.mark.parametrize("move", [lifecycle.skip, lifecycle.escalate, lifecycle.ask_opinion])
def test_a_reason_is_demanded(move):
    refused("reason", move, taken(), act(ANN, why=""))
    assert move(taken(), act(ANN)).holder is None


def test_a_note_is_demanded_to_hand_over_and_it_goes_to_somebody_else():
    refused("reason", lifecycle.hand_over, taken(), act(ANN, why=""), BEN)
    refused("to_yourself", lifecycle.hand_over, taken(), act(ANN), ANN)
    assert lifecycle.hand_over(taken(), act(ANN), BEN).holder == BEN


def test_a_skipped_case_waits_for_others():
    left = lifecycle.skip(taken(), act(ANN))
    assert (left.status, left.skipped_by) == (Status.OPEN, (ANN,))


def test_an_escalated_case_waits_for_a_lead_and_goes_back_there():
    waits = lifecycle.escalate(taken(), act(ANN))
    refused("lead_only", lifecycle.claim, waits, act(BEN))
    with_lead = lifecycle.claim(waits, act(LEA))
    refused("with_lead_already", lifecycle.escalate, with_lead, act(LEA))
    refused("lead_only", lifecycle.hand_over, with_lead, act(LEA), BEN)
    assert lifecycle.hand_over(with_lead, act(LEA), LOU, True).holder == LOU
    assert lifecycle.release(with_lead, act(LEA)).status is Status.ESCALATED


def test_a_hold_keeps_the_case_until_it_ends():
    until = NINE + timedelta(hours=2)
    held = lifecycle.hold(taken(), act(ANN), until)
    refused("on_hold", lifecycle.decide, held, act(ANN))
    refused("taken", lifecycle.unhold, held, act(BEN))
    assert lifecycle.unhold(held, act(ANN, 60)).status is Status.CLAIMED
    assert lifecycle.lapse(held, until - SECOND) == held
    assert lifecycle.lapse(held, until) == CaseState()


def test_a_hold_ends_later_than_now_and_within_a_week():
    refused("hold_in_past", lifecycle.hold, taken(), act(ANN), NINE)
    refused("hold_too_long", lifecycle.hold, taken(), act(ANN), NINE + timedelta(days=7) + SECOND)
    refused("not_on_hold", lifecycle.unhold, taken(), act(ANN))


def test_a_claim_that_nothing_follows_lapses():
    lasts = timedelta(minutes=30)
    assert lifecycle.lapse(taken(), NINE + lasts - SECOND, lasts) == taken()
    assert lifecycle.lapse(taken(), NINE + lasts, lasts) == CaseState()
    assert lifecycle.lapse(decided(), NINE + timedelta(days=9)) == decided()


def test_an_opinion_is_given_by_another_and_whoever_asked_decides():
    waits = lifecycle.ask_opinion(taken(), act(ANN))
    refused("own_question", lifecycle.claim, waits, act(ANN))
    with_ben = lifecycle.claim(waits, act(BEN))
    refused("opinion_wanted", lifecycle.decide, with_ben, act(BEN))
    assert lifecycle.release(with_ben, act(BEN)) == waits
    back = lifecycle.give_opinion(with_ben, act(BEN))
    assert (back.status, back.holder, back.asked_by) == (Status.CLAIMED, ANN, None)
    refused("no_opinion_asked", lifecycle.give_opinion, back, act(ANN))


def test_a_question_is_taken_back_by_whoever_asked_or_ended_by_a_lead():
    waits = lifecycle.ask_opinion(taken(), act(ANN))
    assert lifecycle.take_back_question(waits, act(ANN)) == taken()
    refused("taken", lifecycle.take_back_question, waits, act(BEN))
    refused("taken", lifecycle.take_back_question, lifecycle.claim(waits, act(BEN)), act(ANN))
    refused("no_opinion_asked", lifecycle.take_back_question, CaseState(), act(ANN))
    assert lifecycle.release(waits, act(LEA)) == CaseState()


def test_undo_is_for_whoever_decided_until_it_goes_out():
    refused("not_your_decision", lifecycle.undo, decided(), act(BEN, 1))
    assert lifecycle.undo(decided(), act(ANN)) == taken()
    assert lifecycle.undo(decided(), act(ANN, 29.9)).decided_by is None
    refused("too_late", lifecycle.undo, decided(), act(ANN, 30))
    refused("nothing_to_undo", lifecycle.undo, taken(), act(ANN))


def test_imminent_harm_goes_out_at_once():
    gone = lifecycle.decide(taken(), act(ANN), imminent=True)
    assert gone.not_before == NINE
    refused("too_late", lifecycle.undo, gone, act(ANN))


def test_a_second_look_begins_once_nothing_can_be_undone():
    refused("not_decided", lifecycle.send_to_second_look, taken(), NINE)
    refused("too_early", lifecycle.send_to_second_look, decided(), NINE + UNDO - SECOND)
    assert lifecycle.send_to_second_look(decided(), NINE + UNDO).status is Status.SECOND_LOOK


def test_whoever_decided_never_looks_again():
    waits = lifecycle.send_to_second_look(decided(), NINE + UNDO)
    refused("own_decision", lifecycle.claim, waits, act(ANN, 40))
    with_ben = lifecycle.claim(waits, act(BEN, 40))
    refused("own_decision", lifecycle.hand_over, with_ben, act(BEN, 41), ANN)
    refused("second_look_wanted", lifecycle.decide, with_ben, act(BEN, 42))
    refused("second_look_wanted", lifecycle.escalate, with_ben, act(BEN, 42))
    agreed = lifecycle.settle_second_look(with_ben, act(BEN, 50), agrees=True)
    assert (agreed.status, agreed.decided_by, agreed.second_by) == (Status.DECIDED, ANN, BEN)
    refused("looked_at_already", lifecycle.send_to_second_look, agreed, NINE + 2 * UNDO)
    refused("no_second_look", lifecycle.settle_second_look, taken(), act(ANN), True)


def test_a_disagreement_is_settled_by_a_lead_who_is_neither_of_the_two():
    refused("lead_only", lifecycle.claim, disagreed(), act("eve", 60))
    refused("own_decision", lifecycle.claim, disagreed(), Act(BEN, NINE, "", lead=True))
    refused("own_decision", lifecycle.claim, disagreed(), Act(ANN, NINE, "", lead=True))
    with_lead = lifecycle.claim(disagreed(), act(LEA, 60))
    refused("disagreement_wanted", lifecycle.decide, with_lead, act(LEA, 61))
    refused("no_disagreement", lifecycle.settle_disagreement, taken(), act(ANN))
    settled = lifecycle.settle_disagreement(with_lead, act(LEA, 70))
    assert (settled.status, settled.settled_by, settled.decided_by) == (Status.DECIDED, LEA, ANN)
    refused("not_your_decision", lifecycle.undo, settled, act(ANN, 71))
    again = lifecycle.undo(settled, act(LEA, 71))
    assert (again.holder, again.queue, again.decided_by) == (LEA, Status.DISAGREED, ANN)


def test_every_sentence_is_used_and_is_said_in_both_languages():
    source = "".join(
        Path(lifecycle.__file__).with_name(f"{name}.py").read_text() for name in ("lifecycle", "wellbeing")
    )
    for key, said in sentences.SENTENCES.items():
        assert f'"{key}"' in source
        assert set(said) == {"en", "fr"}
        assert re.findall(r"\{\w+\}", said["en"]) == re.findall(r"\{\w+\}", said["fr"])


def test_an_instant_is_said_so_that_it_can_be_read():
    late = IllegalMove("hold_too_long", latest=NINE)
    assert "2026-11-23 09:00 UTC" in str(late)
    assert "2026-11-23 09:00 UTC" in late.sentence("fr")


class AnyLife(RuleBasedStateMachine):
    """Whatever people try, in whatever order: what was refused changed nothing, and the promises hold."""

    def __init__(self):
        super().__init__()
        self.state, self.at = CaseState(), NINE

    def tries(self, move, *arguments: object) -> None:
        before = self.state
        out = before.status is Status.DECIDED and before.not_before <= self.at
        try:
            self.state = move(before, *arguments)
        except OutOfOrder:
            return
        actor = arguments[0] if isinstance(arguments[0], Act) else None
        if before.holder is not None and actor is not None and actor.who != before.holder:
            assert actor.lead, "only a lead touches what another has in hand"
            assert self.state.holder is None
        if out and self.state.status is not Status.DECIDED:
            assert self.state.status is Status.SECOND_LOOK, "what has gone out is only ever looked at again"

    people = st.sampled_from([ANN, BEN, LEA, LOU])
    reasons = st.sampled_from(["", "because"])

    def by(self, who: str, why: str) -> Act:
        return Act(who, self.at, why, who in LEADS)

    @rule(seconds=st.sampled_from([1, 29, 30, 1_800, 86_400]))
    def time_passes(self, seconds):
        self.at += timedelta(seconds=seconds)

    @rule(who=people, why=reasons, name=st.sampled_from(["claim", "release", "skip", "escalate", "unhold", "undo"]))
    def does(self, who, why, name):
        self.tries(getattr(lifecycle, name), self.by(who, why))

    @rule(who=people, why=reasons, name=st.sampled_from(["ask_opinion", "give_opinion", "take_back_question"]))
    def talks(self, who, why, name):
        self.tries(getattr(lifecycle, name), self.by(who, why))

    @rule(who=people, name=st.sampled_from(["decide", "settle_disagreement", "settle_second_look"]), yes=st.booleans())
    def judges(self, who, name, yes):
        self.tries(getattr(lifecycle, name), self.by(who, ""), yes)

    @rule(yes=st.booleans(), name=st.sampled_from(["decide", "settle_disagreement", "settle_second_look"]))
    def whoever_has_it_judges(self, yes, name):
        if self.state.holder:
            self.judges(self.state.holder, name, yes)

    @rule(who=people, to=people)
    def hands_over(self, who, to):
        self.tries(lifecycle.hand_over, self.by(who, "because"), to, to in LEADS)

    @rule(who=people, hours=st.integers(-1, 200))
    def holds(self, who, hours):
        self.tries(lifecycle.hold, self.by(who, ""), self.at + timedelta(hours=hours))

    @rule()
    def is_looked_at_again(self):
        self.tries(lifecycle.send_to_second_look, self.at)

    @rule()
    def lapses(self):
        self.tries(lifecycle.lapse, self.at)

    @invariant()
    def it_is_in_hand_exactly_when_someone_has_it(self):
        state = self.state
        assert (state.holder is not None) == (state.status in lifecycle.IN_HAND) == (state.since is not None)
        assert (state.held_until is not None) == (state.status is Status.HELD)

    @invariant()
    def those_who_judge_are_not_the_same(self):
        judges = [one for one in (self.state.decided_by, self.state.second_by, self.state.settled_by) if one]
        assert len(judges) == len(set(judges))
        if self.state.queue in {Status.SECOND_LOOK, Status.DISAGREED} and self.state.holder:
            assert self.state.holder not in {self.state.decided_by, self.state.second_by}

    @invariant()
    def leads_settle_what_waits_for_a_lead(self):
        if self.state.asked_by is None and self.state.queue in {Status.ESCALATED, Status.DISAGREED}:
            assert self.state.holder is None or self.state.holder in LEADS

    @invariant()
    def a_decision_has_its_author_and_its_hour(self):
        if self.state.status is Status.DECIDED:
            assert self.state.decided_by
            assert self.state.not_before

    @invariant()
    def there_is_always_a_way_on(self):
        """Nobody holds a case for ever: in the end it waits, is decided, or waits for an opinion that a lead can end."""
        later = lifecycle.lapse(self.state, self.at + timedelta(days=8))
        if later.status is not Status.DECIDED:
            assert later.holder is None
            if later.asked_by:
                later = lifecycle.release(later, Act("nina", self.at, "nobody answers", lead=True))
            assert lifecycle.claim(later, Act("nina", self.at, lead=True)).holder == "nina"


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyLife = AnyLife.TestCase
