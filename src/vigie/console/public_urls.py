"""The addresses of the public pages: the terms, their versions, what changed."""

from django.urls import path

from vigie.console.public import files, pages

urlpatterns = [
    path("terms/", pages.index, name="terms"),
    path("terms.json", files.as_json, name="terms_json"),
    path("terms/feed.xml", files.feed, name="terms_feed"),
    path("terms/print", pages.printed, name="terms_print"),
    path("terms/in/<str:language>", pages.switch, name="terms_language"),
    path("terms/<str:name>@<int:number>/", pages.version, name="terms_version"),
    path("terms/<str:name>/diff/<int:old>..<int:new>/", pages.difference, name="terms_diff"),
    path("terms/<str:name>/", pages.clause, name="terms_clause"),
]
