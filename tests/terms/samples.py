"""A small clause that is right, for tests to spoil."""

from textwrap import dedent

from vigie.terms.clause import Clause
from vigie.terms.reading import read_clause

GOOD = dedent(
    """\
    id = "test.rain"
    gravity = 2
    dsa_category = "STATEMENT_CATEGORY_VIOLENCE"
    dsa_keywords = ["KEYWORD_OTHER"]

    [title]
    en = "Rain"
    fr = "Pluie"

    [[version]]
    number = 1
    in_force_from = 2026-11-01
    legal = ["FR-CP-222-17"]
    restriction = "DECISION_VISIBILITY_CONTENT_DEMOTED"
    strikes = 1

    [version.text]
    en = "Do not rain on others."
    fr = "Ne pleuvez pas sur les autres."

    [version.exceptions]
    en = "Gardens."
    fr = "Les jardins."

    [[rule]]
    in_force_from = 2026-11-01
    when = "rain >= review"
    review = { en = 0.60, fr = 0.65, und = 0.85 }
    act_alone_on = "rain"
    act_alone_precision = 0.99
    act_alone_grid = [0.99, 0.95]

    [[rule]]
    in_force_from = 2026-11-01
    when = "rain_words >= 0.6"
    """
)

SECOND = dedent(
    """
    [[version]]
    number = 2
    in_force_from = 2027-01-01
    legal = []
    restriction = "DECISION_VISIBILITY_CONTENT_REMOVED"
    strikes = 0
    text = { en = "Do not snow on others.", fr = "Ne neigez pas sur les autres." }
    exceptions = { en = "Gardens.", fr = "Les jardins." }

    [[rule]]
    in_force_from = 2027-01-01
    when = "snow_words >= 0.6"
    """
)


def spoilt(old: str, new: str) -> str:
    """The good clause with one thing changed."""
    assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times in the sample"
    return GOOD.replace(old, new)


def clause(text: str = GOOD) -> Clause:
    return read_clause(text, "test.rain.toml")


def line_in(text: str, part: str) -> int:
    """The line where a part of a text begins, counted another way than the product does."""
    return text[: text.index(part)].count("\n") + 1
