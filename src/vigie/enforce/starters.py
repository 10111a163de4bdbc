"""Sentences with which a moderator may begin to explain why a post breaks a clause, in the language of whoever is told."""

import tomllib
from functools import cache
from importlib import resources


def starters(clause: str, language: str) -> tuple[str, ...]:
    """The sentences of a clause, by its id, in "en" or "fr"; none for a clause of the house's own.

    >>> starters("platform.spam", "en")[0]
    'The same message was posted over and over.'
    >>> starters("house.own", "fr")
    ()
    """
    return tuple(_all().get(clause, {}).get(language, ()))


def begun(explanation: str, sentence: str) -> str:
    """An explanation with a sentence more at its end.

    >>> begun("It names her.", "It names somebody as a target.")
    'It names her. It names somebody as a target.'
    """
    return f"{explanation.rstrip()} {sentence}".strip()


@cache
def _all() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("vigie.enforce").joinpath("starters.toml").read_text("utf-8"))
