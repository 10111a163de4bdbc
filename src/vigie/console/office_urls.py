"""The addresses of the office: search, people, settings, quality, capacity, what did not arrive."""

from django.urls import path

from vigie.console.office import capacity, deliveries, export, people, quality, reads, search, settings, wellbeing

urlpatterns = [
    path("search/", search.search, name="search"),
    path("people/", people.people, name="people"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("people/<int:person_id>/<str:step>", people.person_step, name="person_step"),
    path("me/", people.me, name="me"),
    path("quality/", quality.quality, name="quality"),
    path("quality/golden", quality.golden_add, name="golden_add"),
    path("quality/golden/<int:golden_id>/retire", quality.golden_retire, name="golden_retire"),
    path("wellbeing/", wellbeing.wellbeing, name="wellbeing"),
    path("settings/", settings.settings, name="settings"),
    path("settings/<str:name>", settings.setting, name="setting"),
    path("capacity/", capacity.capacity, name="capacity"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/endpoints/<int:endpoint_id>/end", deliveries.endpoint_end, name="endpoint_end"),
    path("deliveries/<int:delivery_id>/again", deliveries.delivery_again, name="delivery_again"),
    path("reads/", reads.reads, name="reads"),
    path("cases/<int:case_id>/export", export.export, name="export"),
]
