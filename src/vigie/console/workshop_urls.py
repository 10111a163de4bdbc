"""The addresses of the rule workshop."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
