"""What N moderators would mean for backlog, waiting and views of breaches: the day's forecast, made in the background."""

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from vigie.console.office.gate import now, room
from vigie.publish.charts import capacity_figure
from vigie.services import capacity as service
from vigie.store.people import Role


@room(read=(Role.LEAD, Role.ADMINISTRATOR, Role.POLICY))
def capacity(request: HttpRequest) -> HttpResponse:
    """The forecast of today; while it is being made, how far it is, and the one before if there is one."""
    at, data = now(), settings.DATA
    made, share = service.made(data), service.progress(data)
    stale = made is None or made.day != service.today(at)
    if stale and share is None and service.begin(data, at):
        share = 0.0
    context: dict[str, object] = {"made": made, "stale": stale, "being_made": stale and share is not None}
    context["percent"] = int(100 * (share or 0))
    if made is not None and made.rows:
        figure = capacity_figure(made.rows, made.hours, request.LANGUAGE_CODE)
        # the drawing is ours, and its labels are escaped
        context["figure"] = msgspec.structs.replace(figure, svg=mark_safe(figure.svg))  # noqa: S308
        context["weeks"] = made.hours // 168
    if made is not None and made.check is not None:
        days = len(made.check.days) // 2
        names = ("backlog", "wait_median")
        inside = [sum(one.inside for one in made.check.days if one.what == name) for name in names]
        context |= {"days": days, "backlog_inside": inside[0], "wait_inside": inside[1]}
    return render(request, "office/capacity.html", context)
