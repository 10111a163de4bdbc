"""The addresses of the rule workshop."""

from django.urls import path

from vigie.console.workshop import changes, pages

urlpatterns = [
    path("workshop/", pages.index, name="workshop"),
    path("workshop/new/", pages.new, name="workshop_new"),
    path("workshop/<str:kind>/<str:name>/", pages.rule_file, name="workshop_file"),
    path("workshop/<int:change_id>/", changes.change, name="workshop_change"),
    path("workshop/<int:change_id>/progress", changes.progress, name="workshop_progress"),
    path("workshop/<int:change_id>/try", changes.try_it, name="workshop_try"),
    path("workshop/<int:change_id>/sample/<int:rank>", changes.sample, name="workshop_sample"),
    path("workshop/<int:change_id>/approve", changes.approve, name="workshop_approve"),
    path("workshop/<int:change_id>/withdraw", changes.withdraw, name="workshop_withdraw"),
]
