"""The addresses of the pages."""

from django.urls import include, path

from vigie.console import cases, doors

urlpatterns = [
    path("", doors.home, name="home"),
    path("language/", doors.language, name="language"),
    path("start/<str:secret>/", doors.start, name="start"),
    path("", include("vigie.console.public_urls")),
    path("console/", include("vigie.console.office_urls")),
    path("console/", include("vigie.console.workshop_urls")),
    path("console/", cases.queue, name="queue"),
    path("console/next", cases.next_case, name="next"),
    path("console/screen", cases.screen, name="screen"),
    path("console/cases/<int:case_id>/", cases.case, name="case"),
    path("console/cases/<int:case_id>/reveal", cases.reveal, name="reveal"),
    path("console/cases/<int:case_id>/decide", cases.decide, name="decide"),
    path("console/cases/<int:case_id>/preview", cases.preview, name="preview"),
    path("console/cases/<int:case_id>/undo", cases.undo, name="undo"),
    path("console/cases/<int:case_id>/<str:step>", cases.step, name="step"),
]
