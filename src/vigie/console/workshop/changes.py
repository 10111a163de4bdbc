"""A change on its way: what it alters, what it would have done, and the second person's word."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vigie.console.workshop import reading
from vigie.console.workshop.door import data, now, readers, user_of
from vigie.errors import Refused
from vigie.services import trials, workshop
from vigie.services.acts import NotFound
from vigie.store.models import RuleChange


def _change(change_id: int) -> RuleChange:
    found = RuleChange.objects.select_related("by", "approved_by").filter(pk=change_id).first()
    if found is None:
        raise NotFound(_("There is no such change."))
    return found


@readers
@require_safe
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """The page of a change."""
    return render(request, "workshop/change.html", reading.page(_change(change_id), user_of(request), data()))


@readers
@require_safe
def progress(request: HttpRequest, change_id: int) -> HttpResponse:
    """How far the trial has got: a part of the page while it runs, the whole page anew when it has ended."""
    found = _change(change_id)
    if not request.headers.get("HX-Request"):
        return redirect("workshop_change", change_id=change_id)
    context = reading.page(found, user_of(request), data())
    return render(request, "workshop/trial.html", context)


@readers
@require_POST
def try_it(request: HttpRequest, change_id: int) -> HttpResponse:
    """Have it tried on the last days."""
    days = request.POST.get("days", "")
    if not (days.isascii() and days.isdecimal() and len(days) < 5):
        raise Refused(_("Give the number of days in digits."))
    workshop.ask_trial(change_id, int(days), by=user_of(request), at=now())
    return redirect("workshop_change", change_id=change_id)


@readers
@require_POST
def sample(request: HttpRequest, change_id: int, rank: int) -> HttpResponse:
    """One post of the sample, unmasked, which is on record."""
    found = workshop.read_sample(change_id, rank, by=user_of(request), at=now())
    text = trials.text_of(found, data(), now())
    if request.headers.get("HX-Request"):
        return render(request, "workshop/post.html", {"text": text, "rank": rank})
    context = reading.page(_change(change_id), user_of(request), data())
    return render(request, "workshop/change.html", context | {"shown": rank, "shown_text": text})


@readers
@require_POST
def approve(request: HttpRequest, change_id: int) -> HttpResponse:
    """The second person agrees."""
    found = workshop.approve(change_id, by=user_of(request), at=now())
    if found.published_at:
        messages.success(request, _("Published. Every process judges by it within seconds."))
    else:
        messages.success(request, _("Approved. It is published by itself on its day."))
    return redirect("workshop_change", change_id=change_id)


@readers
@require_POST
def withdraw(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take it back."""
    workshop.withdraw(change_id, by=user_of(request), at=now())
    messages.info(request, _("Withdrawn. It stays in the history."))
    return redirect("workshop")
