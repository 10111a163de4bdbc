"""The addresses of the office: search, people, settings, quality, capacity, what did not arrive."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
