"""Every address of the instance."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/", include("vigie.api.urls")),
    path("", include("vigie.app.health_urls")),
    path("", include("vigie.console.urls")),
]
