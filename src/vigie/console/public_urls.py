"""The addresses of the public pages: the terms, their versions, what changed."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
