"""A case is decided: verdict, reasons, strikes and the message to the platform, in one transaction; or taken back in time."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from vigie.enforce.reasons import Ruling, compose, gaps
from vigie.errors import Incomplete, Refused
from vigie.review import lifecycle, second_look
from vigie.review.lifecycle import Act, CaseState, Status
from vigie.review.second_look import Shares, compare
from vigie.review.sentences import IllegalMove
from vigie.services import people, settings, terms
from vigie.services.acts import act, keep_state, locked, note, state_of
from vigie.services.rights import may_decide
from vigie.store.decisions import Stage
from vigie.store.models import Cancellation, Case, Decision, Outbox, Post, ReasonsRecord, User


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person found. ``breach`` false: the posts stay up, and nothing else is needed.

    ``clause`` is an id; the version in force is cited. ``scope``: countries (ISO 3166), empty: everywhere. ``until``:
    the restriction's end. ``strikes`` None: as many as the clause says.
    """

    breach: bool
    clause: str = ""
    restriction: str = ""
    facts: str = ""
    explanation: str = ""
    scope: Sequence[str] = ()
    until: datetime | None = None
    strikes: int | None = None


def settle(case_id: int, verdict: Verdict, *, by: User, at: datetime) -> Decision:
    """Decide a case in hand: first look, blind second look, or a lead between two that disagree.

    Raises: OutOfOrder, NotAllowed, Incomplete (each gap with its article), and then nothing has changed.
    """
    with locked(case_id) as case:
        may_decide(by, case)
        before, what = state_of(case), act(by, at)
        if before.queue is Status.SECOND_LOOK:
            decision = _second(case, before, verdict, what, by)
            people.end_invitation(by, at)
            return decision
        imminent = _imminent(case, verdict)
        if before.queue is Status.DISAGREED:
            after, stage = lifecycle.settle_disagreement(before, what, imminent), Stage.FINAL
        else:
            after, stage = lifecycle.decide(before, what, imminent), Stage.FIRST
        decision = _decided(case, verdict, what, by, stage)
        if stage == Stage.FINAL:
            _replace_first(case, decision, what, by)
        elif case.golden_id is None:
            _tell(decision, after.not_before or at, "decided")
        case.decided_at = at
        keep_state(case, after, at)
        note(case, "decided", what, by, decision=decision.pk, breach=verdict.breach, stage=stage, cited=decision.cited)
        people.end_invitation(by, at)
        return decision


def undo(case_id: int, *, by: User, at: datetime) -> Case:
    """Take back the latest decision before anybody outside has heard of it. Raises: OutOfOrder."""
    with locked(case_id) as case:
        may_decide(by, case)
        what = act(by, at, "undone")
        after = lifecycle.undo(state_of(case), what)
        decision = in_force(case)
        assert decision is not None
        if decision.outbox.filter(released_at__isnull=False).exists():
            raise IllegalMove("too_late")
        decision.outbox.all().delete()
        Cancellation.objects.create(decision=decision, at=at, by=by, why="undone")
        if decision.stage == Stage.FINAL and (first := in_force(case, stage=Stage.FIRST, cancelled=True)):
            Cancellation.objects.filter(decision=first, why="replaced").delete()
        case.decided_at = None
        keep_state(case, after, at)
        note(case, "undone", what, by, decision=decision.pk)
        return case


def in_force(case: Case, *, stage: str = "", cancelled: bool = False) -> Decision | None:
    """The decision that stands: the latest that is not taken back and not a second look."""
    found = case.decisions.exclude(stage=Stage.SECOND).filter(cancellation__isnull=not cancelled)
    return (found.filter(stage=stage) if stage else found).order_by("-pk").first()


@transaction.atomic
def by_machine(case: Case, at: datetime) -> Decision:
    """A proposal whose precision is proven on this stream becomes a decision, with its reasons, without a person."""
    row = case.posts.select_related("post").order_by("pk")[0]
    words = ", ".join(f"“{one['words']}”" for one in row.evidence[:3])
    verdict = Verdict(
        breach=True,
        clause=row.clause,
        restriction=row.restriction,
        facts=f"The post contains: {words}.",
        explanation="An automated check, whose precision is measured on this service's own posts, found that it breaks the clause.",
    )
    what = Act(who="", at=at)
    decision = _decided(case, verdict, what, None, Stage.FIRST)
    _tell(decision, at, "decided")
    case.status, case.decided_at, case.not_before = Status.DECIDED, at, at
    case.save(update_fields=["status", "decided_at", "not_before"])
    note(case, "decided", what, None, decision=decision.pk, breach=True, stage=Stage.FIRST, cited=decision.cited)
    return decision


def ruling(case: Case, verdict: Verdict, at: datetime, *, machine: bool = False) -> Ruling:
    """The verdict as reasons are composed from it; also for the preview of what the person will be told.

    Raises: Incomplete without a clause, Refused for an unknown one.
    """
    if not verdict.clause:
        raise Incomplete(["17(3)(e): no clause is named; choose the clause that the post breaks"])
    clause = terms.clause(verdict.clause)
    cited = clause.cite(at.date())
    version = clause.version_on(at.date())
    assert version is not None
    first = case.posts.select_related("post", "post__account").order_by("pk").first()
    account = first.post.account if first else None
    return Ruling(
        clause=clause,
        cited=cited,
        restriction=verdict.restriction or version.restriction,
        facts=verdict.facts,
        explanation=verdict.explanation,
        strikes=version.strikes if verdict.strikes is None else verdict.strikes,
        decided_at=at,
        posted_at=first.post.created_at if first else None,
        language=(account.language if account and account.language else case.language),
        scope=tuple(verdict.scope),
        until=verdict.until,
        by_machine=machine,
    )


def _decided(case: Case, verdict: Verdict, what: Act, by: User | None, stage: str) -> Decision:
    """The decision and, if it restricts, its reasons record: never one without the other."""
    decision, reasons = drafted(case, verdict, what, by, stage)
    decision.save()
    if reasons is not None:
        reasons.save()
    return decision


def drafted(
    case: Case, verdict: Verdict, what: Act, by: User | None, stage: str
) -> tuple[Decision, ReasonsRecord | None]:
    """A decision and its reasons, not saved yet. Raises: Incomplete, Refused."""
    took = (what.at - case.since).total_seconds() if case.since else None
    if not verdict.breach:
        return Decision(case=case, at=what.at, by=by, stage=stage, breach=False, took=took), None
    ruled = ruling(case, verdict, what.at, machine=by is None)
    if missing := gaps(ruled):
        raise Incomplete(missing)
    if ruled.until is not None and ruled.until <= what.at:
        raise Refused(_("The restriction would end before it begins: choose a later end, or none."))
    decision = Decision(
        case=case, at=what.at, by=by, stage=stage, breach=True, cited=ruled.cited, restriction=ruled.restriction,
        scope=list(ruled.scope), until=ruled.until, strikes=ruled.strikes, facts=ruled.facts.strip(),
        explanation=ruled.explanation.strip(), took=took,
    )  # fmt: skip
    if stage == Stage.SECOND:
        return decision, None
    told = compose(ruled)
    return decision, ReasonsRecord(
        decision=decision, language=told.language, text=told.text, fields=told.fields, at=what.at
    )


def _second(case: Case, before: CaseState, verdict: Verdict, what: Act, by: User) -> Decision:
    """The blind second verdict: it is compared, not carried out."""
    decision = _decided(case, verdict, what, by, Stage.SECOND)
    first = in_force(case)
    assert first is not None
    compared = compare(_compared(first), _compared(decision))
    after = lifecycle.settle_second_look(before, what, compared.agrees)
    keep_state(case, after, what.at)
    note(case, "looked again", what, by, decision=decision.pk, differs=list(compared.differs))
    return decision


def _compared(decision: Decision) -> second_look.Verdict:
    return second_look.Verdict(
        breach=decision.breach, clause=decision.cited or None, restriction=decision.restriction or None
    )


def _replace_first(case: Case, final: Decision, what: Act, by: User) -> None:
    """The lead's word stands. Where it is the first one's, nothing changes outside; otherwise the platform hears of it."""
    first = in_force(case, stage=Stage.FIRST)
    if first is None:
        return
    same = compare(_compared(first), _compared(final)).agrees
    Cancellation.objects.create(decision=first, at=what.at, by=by, why="replaced")
    if not same:
        _tell(final, what.at + lifecycle.UNDO, "replaced")


def _imminent(case: Case, verdict: Verdict) -> bool:
    return verdict.breach and verdict.clause in settings.value("imminent_clauses")


def _tell(decision: Decision, not_before: datetime, event: str) -> None:
    """The message to the platform, which leaves when it may. Of posts that simply stay up nobody needs to hear."""
    if not decision.breach and event == "decided":
        return
    posts = [row.post for row in decision.case.posts.select_related("post").order_by("pk")]
    payload = message(decision, event, posts)
    Outbox.objects.create(decision=decision, event=event, payload=payload, not_before=not_before)


def message(decision: Decision, event: str, posts: Sequence[Post]) -> dict[str, object]:
    """What the platform is told of a decision about these posts."""
    payload: dict[str, object] = {
        "decision": decision.pk,
        "event": event,
        "posts": [{"source": post.source, "id": post.key} for post in posts],
        "breach": decision.breach,
        "clause": decision.cited,
        "restriction": decision.restriction or None,
        "scope": decision.scope,
        "until": decision.until.isoformat() if decision.until else None,
        "strikes": decision.strikes,
        "at": decision.at.isoformat(),
    }
    if decision.breach:
        payload["reasons"] = decision.reasons.text
    return payload


def draw_second_looks(seed: bytes, at: datetime, limit: int = 500) -> int:
    """Send those of the decisions that can no longer be undone, and that the draw chose, to a second person: how many."""
    shares = Shares(
        default=settings.value("second_look_share"),
        by_clause=settings.value("second_look_by_clause"),
        by_moderator=settings.value("second_look_by_moderator"),
    )
    ready = Case.objects.filter(status=Status.DECIDED, decided_by__isnull=False, second_by=None, not_before__lte=at)
    ready = ready.filter(golden=None, settled_by=None).exclude(facts__kind__in=["drawn", "not drawn"])
    count = 0
    for pk in ready.values_list("pk", flat=True)[:limit]:
        with locked(pk) as case:
            if case.decided_by is None:
                continue
            share = shares.share(case.clause, case.decided_by.username)
            chosen = second_look.drawn(str(case.pk), share, seed)
            if chosen:
                keep_state(case, lifecycle.send_to_second_look(state_of(case), at), at)
                count += 1
            note(case, "drawn" if chosen else "not drawn", Act(who="", at=at), None, share=share)
    return count


def new_seed() -> str:
    """A seed for the draw, as hexadecimal digits."""
    return secrets.token_hex(32)
