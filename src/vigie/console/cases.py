"""The moderator's instrument: the queue, the case, the decision. Every action works without script, and by one key."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from vigie.console import doors, reading, saying, verdict
from vigie.enforce.reasons import told
from vigie.enforce.starters import begun
from vigie.errors import Incomplete, OutOfOrder, Refused
from vigie.review.lifecycle import Status
from vigie.services import decisions, golden, people, review, wellbeing
from vigie.services.acts import NotFound
from vigie.services.rights import may_decide, must_read, offered, visible, waiting
from vigie.store.models import Case, User

PAGE = 50
#: Counts of long queues are read again after so many seconds.
COUNTS_LAST = 10


def _now() -> datetime:
    return datetime.now(UTC)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _reader(request: HttpRequest) -> reading.Reader:
    return reading.Reader(_user(request), _now(), request.LANGUAGE_CODE)


def _case(request: HttpRequest, case_id: int) -> Case:
    must_read(_user(request))
    case = visible(_user(request)).filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no case %(id)s, or it is not yours to read.") % {"id": case_id})
    return case


def _only(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in ("area", "language") if values.get(name)}


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, most harm first; what the person has in hand above it."""
    user, reader = _user(request), _reader(request)
    must_read(user)
    only = _only(request.GET)
    mine = list(visible(user).filter(holder=user).order_by("since"))
    first = review.first(offered(user).filter(**only), reader.now, PAGE)
    context = {
        "waiting": reading.lines(first, reader.language),
        "mine": reading.lines(mine, reader.language),
        "only": only,
        "page_size": PAGE,
        **_counts(user, only),
    }
    return render(request, "console/queue.html", context)


def _counts(user: User, only: Mapping[str, str]) -> dict[str, Any]:
    """How many wait, by harm area and language, and how many wait in the log beyond what the team can settle."""
    key = f"waiting-{user.pk}"
    found = cache.get(key)
    if found is None:
        ordinary = waiting(user).filter(status=Status.OPEN)
        others = offered(user).filter(status__in=review.WAITING - {Status.OPEN})
        groups = [
            group
            for cases in (ordinary, others)  # apart: the first, which may be long, is then counted by its index alone
            for group in cases.order_by().values_list("area", "language").annotate(n=Count("*"))
        ]
        found = groups, _beyond()
        if sum(n for _area, _language, n in groups) > PAGE:
            cache.set(key, found, COUNTS_LAST)
    groups, beyond = found
    return {
        "areas": _grouped(groups, 0, only.get("language"), 1),
        "by_language": _grouped(groups, 1, only.get("area"), 0),
        "total": sum(
            n
            for area, language, n in groups
            if only.get("area", area) == area and only.get("language", language) == language
        ),
        "beyond": beyond,
    }


def _beyond() -> dict[str, float]:
    """How many cases wait in the log, and their harm. Golden ones wait for nobody: counted by their own index and taken off."""
    every, known = (
        cases.filter(status=Status.OPEN, admitted__in=[False]).aggregate(n=Count("*"), harm=Sum("harm", default=0.0))
        for cases in (Case.objects.all(), golden.undecided())
    )
    return {name: every[name] - known[name] for name in every}


def _grouped(groups: list[tuple[str, str, int]], by: int, narrowed: str | None, other: int) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for group in groups:
        if narrowed in (None, group[other]):
            counts[str(group[by])] = counts.get(str(group[by]), 0) + group[2]
    return sorted(counts.items(), key=lambda pair: -pair[1])


@login_required
@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """The next case, taken."""
    found = review.claim_next(_user(request), _now(), **_only(request.POST))
    if found is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("queue")
    return redirect("case", case_id=found.pk)


@login_required
@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case with all that is known, masked until it is revealed."""
    return _page(request, _case(request, case_id), reading.EMPTY)


def _page(request: HttpRequest, found: Case, form: reading.Form, status: int = 200, **more: Any) -> HttpResponse:
    reader = _reader(request)
    context = reading.page(found, reader, form)
    context |= reading.consequences(found, context["form"].get("clause", ""), reader) | more
    return render(request, "console/case.html", context, status=status)


@login_required
@require_POST
def reveal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show one post unmasked, which counts and is on record."""
    found, post_id = _case(request, case_id), request.POST.get("post", "")
    if not (post_id.isdecimal() and found.posts.filter(post_id=post_id).exists()):
        raise NotFound(_("This post is not in the case."))
    wellbeing.reveal(found, int(post_id), _user(request), _now())
    if request.headers.get("HX-Request"):
        return render(request, "console/post.html", reading.revealed(found, int(post_id)))
    return redirect(f"{reverse('case', args=[found.pk])}#post-{post_id}")


@login_required
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """Decide; what is missing is named beside the form, and nothing of it is lost."""
    found, user, form = _case(request, case_id), _user(request), request.POST.dict()
    try:
        made = decisions.settle(case_id, verdict.read(form, _now()), by=user, at=_now())
    except Incomplete as missing:
        return _page(request, found, reading.Form(form, dict(map(saying.gap, missing.gaps))), 422)
    except verdict.Unreadable as wrong:
        return _page(request, found, reading.Form(form, {wrong.field: str(wrong)}), 422)
    except OutOfOrder as late:
        found.refresh_from_db()
        messages.error(request, saying.refusal(late, request.LANGUAGE_CODE))
        return _page(request, found, reading.Form(form, {}), 409)
    if not user.is_active:  # whoever was invited for this one case has judged it
        return doors.goodbye(request)
    said = _("Decided: a restriction.") if made.breach else _("Decided: it stays up.")
    messages.success(request, said, extra_tags=f"undo:{case_id}")
    return redirect("case", case_id=case_id)


@login_required
@require_POST
def preview(request: HttpRequest, case_id: int) -> HttpResponse:
    """What the person will be told and what follows, as the form stands."""
    found, reader, form = _case(request, case_id), _reader(request), request.POST.dict()
    may_decide(reader.user, found)
    context = reading.consequences(found, form.get("clause", ""), reader) | {"case": found}
    chosen = dict(enumerate(context["starters"])).get(_number(form.pop("starter", "")))
    if chosen is not None:  # without script; with it the sentence is there already
        form["explanation"] = begun(form.get("explanation", ""), chosen)
    gaps = {}
    try:
        ruled = decisions.ruling(found, verdict.read({**form, "verdict": "restrict"}, reader.now), reader.now)
        context["told"] = told(ruled, reading.told_in(found))
    except verdict.Unreadable as wrong:
        gaps = {wrong.field: str(wrong)}
        context["problem"] = str(wrong)
    except Refused:
        pass  # no clause yet: there is nothing to tell
    if request.headers.get("HX-Request"):
        return render(request, "console/preview.html", context)
    return _page(request, found, reading.Form(form, gaps), **context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


@login_required
@require_POST
def undo(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the decision back, as long as nobody outside has heard of it."""
    _case(request, case_id)
    decisions.undo(case_id, by=_user(request), at=_now())
    messages.info(request, _("Taken back. Nobody outside heard of it."))
    return redirect("case", case_id=case_id)


@login_required
@require_POST
def screen(request: HttpRequest) -> HttpResponse:
    """Blur posts until pointed at, take colour away, or keep media out of the way; remembered."""
    user, name = _user(request), request.POST.get("name", "")
    wellbeing.change_screen(user, name, not user.screen.get(name))
    case_id = request.POST.get("case", "")
    return redirect("case", case_id=int(case_id)) if case_id.isdecimal() else redirect("queue")


@login_required
@require_POST
def step(request: HttpRequest, case_id: int, step: str) -> HttpResponse:
    """Claim, release, hold, skip, escalate and the like."""
    found, user, now, why = _case(request, case_id), _user(request), _now(), request.POST.get("why", "").strip()
    match step:
        case "claim":
            review.claim(case_id, user, now)
        case "release":
            review.release(case_id, user, now, why)
        case "hold":
            review.hold(case_id, user, now, now + _hours(request), why)
        case "unhold":
            review.unhold(case_id, user, now)
        case "skip":
            review.skip(case_id, user, now, why)
        case "escalate":
            review.escalate(case_id, user, now, why)
        case "ask":
            review.ask_opinion(case_id, user, now, why)
        case "opinion":
            review.give_opinion(case_id, user, now, why)
            if not user.is_active:
                return doors.goodbye(request)
        case "unask":
            review.take_back_question(case_id, user, now)
        case "note":
            review.add_note(case_id, user, now, _written(why))
        case "handover":
            to = get_object_or_404(User, username=request.POST.get("to", ""))
            review.hand_over(case_id, user, now, to=to, why=why)
        case "invite":
            _invitation, secret = people.invite(
                case_id, _written(request.POST.get("name", "").strip()), by=user, at=now
            )
            link = request.build_absolute_uri(f"/start/{secret}/")
            return _page(request, found, reading.EMPTY, invitation_link=link)
        case _:
            raise NotFound(_("There is no such step."))
    left = step in {"release", "skip", "escalate", "ask", "opinion", "handover"}
    return redirect("queue") if left else redirect("case", case_id=case_id)


def _hours(request: HttpRequest) -> timedelta:
    hours = request.POST.get("hours", "1")
    if not (hours.isascii() and hours.isdigit() and int(hours) <= 999):
        raise Refused(_("Give the time in whole hours."))
    return timedelta(hours=int(hours))


def _written(text: str) -> str:
    if not text:
        raise Refused(_("Write something first."))
    return text
