"""How the terms are written on a page: days as people say them, and a link that keeps the language that was asked for."""

from datetime import date
from typing import Any

from django import template
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def day(value: date) -> SafeString:
    """A day in words, and for machines; in French the first of a month is "1er".

    >>> day(date(2026, 11, 2))
    '<time datetime="2026-11-02">2 November 2026</time>'
    """
    said = date_format(value, "j F Y")
    if value.day == 1 and (translation.get_language() or "en").startswith("fr"):
        said = said.replace("1", "1er", 1)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), said)


@register.filter
def sentences(text: str) -> list[str]:
    """The lines of a text, each a sentence or two.

    >>> sentences("One.\\n\\nTwo.")
    ['One.', 'Two.']
    """
    return [line for line in text.splitlines() if line.strip()]


@register.simple_tag(takes_context=True)
def to(context: dict[str, Any], name: str, *values: object) -> str:
    """The address of a public page, in the language that the reader asked for in this one's address."""
    return reverse(name, args=values) + str(context.get("asked", ""))
