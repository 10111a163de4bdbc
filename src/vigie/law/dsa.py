"""The words in which decisions are declared to the European Commission: categories, keywords, restrictions.

The database of statements of reasons (Digital Services Act, Article 24(5)) knows only these. A clause that used
another word would lead to statements that the database refuses. The words themselves are in ``dsa.toml``.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec

from vigie.errors import Refused


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that the law names, with the name that people read in English and in French."""

    id: str
    en: str
    fr: str

    def label(self, lang: str) -> str:
        """The name that a person reads, in "en" or "fr".

        >>> categories()["STATEMENT_CATEGORY_VIOLENCE"].label("fr")
        'Violence'
        """
        labels = {"en": self.en, "fr": self.fr}
        if lang not in labels:
            raise Refused(f'{self.id} has no name in "{lang}": ask for "en" or "fr"')
        return labels[lang]


class Category(Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the types of content that a decision is filed under, with the keywords that make it precise."""

    keywords: tuple[Named, ...]


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    category: tuple[Category, ...]
    visibility: tuple[Named, ...]


@cache
def _words() -> _Words:
    return msgspec.toml.decode(resources.files("vigie.law").joinpath("dsa.toml").read_bytes(), type=_Words)


@cache
def categories() -> Mapping[str, Category]:
    """Every category of the Transparency Database by its id.

    Source: Implementing Regulation (EU) 2024/2835, Annex I; schema in force since 1 July 2025.

    >>> categories()["STATEMENT_CATEGORY_SELF_HARM"].label("en")
    'Self-harm'
    """
    return MappingProxyType({category.id: category for category in _words().category})


@cache
def keywords(category: str) -> Mapping[str, Named]:
    """The keywords that make a category precise, by id; none for an unknown category.

    The database itself accepts any keyword with any category: the harmonised report does not.

    >>> sorted(keywords("STATEMENT_CATEGORY_ANIMAL_WELFARE"))
    ['KEYWORD_ANIMAL_HARM', 'KEYWORD_OTHER', 'KEYWORD_UNLAWFUL_SALE_ANIMALS']
    """
    found = categories().get(category)
    return MappingProxyType({} if found is None else {keyword.id: keyword for keyword in found.keywords})


@cache
def visibilities() -> Mapping[str, Named]:
    """What a decision may do to the visibility of a post, by id (Article 17(3)(a)).

    >>> visibilities()["DECISION_VISIBILITY_CONTENT_DEMOTED"].label("en")
    'Demotion of the content'
    """
    return MappingProxyType({visibility.id: visibility for visibility in _words().visibility})
