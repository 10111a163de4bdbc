"""The moderator's instrument: the queue, the case, the decision. Every action works without script, and by one key."""

from datetime import UTC, datetime, timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from vigie.console import reading
from vigie.enforce.reasons import told
from vigie.errors import Incomplete, Refused
from vigie.services import decisions, review, wellbeing
from vigie.services.acts import NotFound
from vigie.services.decisions import Verdict
from vigie.services.rights import offered, visible
from vigie.store.models import Case, User

PAGE = 50


def _now() -> datetime:
    return datetime.now(UTC)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _reader(request: HttpRequest) -> reading.Reader:
    return reading.Reader(_user(request), _now(), request.LANGUAGE_CODE)


def _case(request: HttpRequest, case_id: int) -> Case:
    case = visible(_user(request)).filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case_id})
    return case


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, most harm first; what the person has in hand above it."""
    user, now = _user(request), _now()
    only = {name: request.GET[name] for name in ("area", "language") if request.GET.get(name)}
    waiting = offered(user).filter(**only)
    mine = visible(user).filter(holder=user)
    context = {
        "cases": [reading.row(case) for case in review.in_order(waiting, now).select_related("account")[:PAGE]],
        "mine": [reading.row(case) for case in mine.order_by("since")],
        "by_area": list(offered(user).values("area").annotate(n=Count("pk")).order_by("-n")),
        "total": waiting.count(),
        "only": only,
    }
    return render(request, "console/queue.html", context)


@login_required
@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """The next case, taken."""
    only = {name: request.POST[name] for name in ("area", "language") if request.POST.get(name)}
    found = review.claim_next(_user(request), _now(), **only)
    if found is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("queue")
    return redirect("case", case_id=found.pk)


@login_required
@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case with all that is known, masked until it is revealed."""
    found = _case(request, case_id)
    return render(request, "console/case.html", reading.page(found, _reader(request)))


@login_required
@require_POST
def reveal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show one post unmasked, which counts and is on record."""
    found, user = _case(request, case_id), _user(request)
    post_id = int(request.POST["post"])
    wellbeing.reveal(found, post_id, user, _now())
    context = reading.revealed(found, post_id)
    if request.headers.get("HX-Request"):
        return render(request, "console/post.html", context)
    return render(request, "console/case.html", reading.page(found, _reader(request), shown=post_id))


def _verdict(request: HttpRequest) -> Verdict:
    form = request.POST
    days = form.get("days", "").strip()
    if days and not (days.isascii() and days.isdigit() and 0 < int(days) <= 3650):
        raise Refused(_("Give the duration in whole days, or leave it empty."))
    return Verdict(
        breach=form.get("verdict") == "restrict",
        clause=form.get("clause", ""),
        restriction=form.get("restriction", ""),
        facts=form.get("facts", ""),
        explanation=form.get("explanation", ""),
        scope=form.get("scope", "").upper().replace(",", " ").split(),
        until=_now() + timedelta(days=int(days)) if days else None,
    )


@login_required
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """Decide; what is missing is named beside the form, and nothing of it is lost."""
    found, user = _case(request, case_id), _user(request)
    try:
        decisions.settle(case_id, _verdict(request), by=user, at=_now())
    except Incomplete as missing:
        context = reading.page(found, _reader(request), form=reading.Form(request.POST.dict(), missing.gaps))
        return render(request, "console/case.html", context, status=422)
    messages.success(request, _("Decided."), extra_tags=f"undo:{case_id}")
    return redirect("case", case_id=case_id)


@login_required
@require_POST
def preview(request: HttpRequest, case_id: int) -> HttpResponse:
    """What the person will be told, as the form stands."""
    found = _case(request, case_id)
    verdict = _verdict(request)
    text = ""
    if verdict.breach and verdict.clause:
        ruled = decisions.ruling(found, verdict, _now())
        text = told(ruled, ruled.language if ruled.language in ("en", "fr") else "en")
    return render(request, "console/preview.html", {"text": text})


@login_required
@require_POST
def undo(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the decision back, as long as nobody outside has heard of it."""
    decisions.undo(case_id, by=_user(request), at=_now())
    messages.info(request, _("Taken back. Nobody outside heard of it."))
    return redirect("case", case_id=case_id)


@login_required
@require_POST
def step(request: HttpRequest, case_id: int, step: str) -> HttpResponse:
    """Claim, release, hold, skip, escalate and the like."""
    user, now, why = _user(request), _now(), request.POST.get("why", "").strip()
    if step == "claim":
        review.claim(case_id, user, now)
    elif step == "release":
        review.release(case_id, user, now, why)
    elif step == "hold":
        review.hold(case_id, user, now, now + timedelta(hours=float(request.POST.get("hours", "1"))), why)
    elif step == "unhold":
        review.unhold(case_id, user, now)
    elif step == "skip":
        review.skip(case_id, user, now, why)
    elif step == "escalate":
        review.escalate(case_id, user, now, why)
    elif step == "ask":
        review.ask_opinion(case_id, user, now, why)
    elif step == "opinion":
        review.give_opinion(case_id, user, now, why)
    elif step == "unask":
        review.take_back_question(case_id, user, now)
    elif step == "note":
        review.add_note(case_id, user, now, why)
    elif step == "handover":
        to = get_object_or_404(User, username=request.POST.get("to", ""))
        review.hand_over(case_id, user, now, to=to, why=why)
    else:
        raise NotFound(_("There is no such step."))
    left = step in {"release", "skip", "escalate", "ask", "handover"}
    return redirect("queue") if left else redirect("case", case_id=case_id)
