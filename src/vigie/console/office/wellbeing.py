"""How much harm each person has been shown today, beside the caps, and whose rest is due: for those who look after them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from vigie.console.office import words
from vigie.console.office.gate import may, now, room
from vigie.console.office.settings import CHANGE, forms
from vigie.services import people
from vigie.services import wellbeing as service
from vigie.store.people import Role

_SETTINGS = ("exposure_caps", "work_minutes", "rest_minutes", "grave_run")


@room(read=(Role.LEAD,))
def wellbeing(request: HttpRequest) -> HttpResponse:
    """Everyone who decides, most exposed first; opt-outs are their own business and not shown."""
    at, language = now(), request.LANGUAGE_CODE
    lines = [
        {
            "user": one.user,
            "areas": [(words.area(name), shown, cap) for name, shown, cap in one.areas if shown or cap is not None],
            "total": one.shown.get("", 0),
            "due": one.answer.sentence(language, f"{one.answer.until:%H:%M} UTC" if one.answer.until else ""),
        }
        for one in service.today(people.team(), at)
    ]
    context = {
        "lines": lines,
        "forms": forms(_SETTINGS),
        "back": reverse("wellbeing"),
        "may_change": may(request, *CHANGE),
    }
    return render(request, "office/wellbeing.html", context)
