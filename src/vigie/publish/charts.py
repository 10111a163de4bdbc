"""Figures for the console and the public pages: each a drawing, a table that says the same, and a sentence."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from vigie.measure.agreement import Agreement
from vigie.publish.dotplot import Kind, Mark, Panel, draw
from vigie.review.capacity import Interval, Row
from vigie.review.sentences import number


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure: ``svg`` is safe markup; ``title``, ``says``, ``headers`` and ``rows`` (the table twin) are plain text."""

    svg: str
    title: str
    says: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def capacity_figure(rows: Sequence[Row], hours: int, language: str, name: str = "capacity") -> Figure:
    """What each team means for backlog, waiting and views of breaches, over a period of so many hours, in "en" or "fr".

    ``name`` makes ids unique on a page.
    """
    text = _CAPACITY[language]

    def count(value: float) -> str:
        return number(value, 0, language)

    def wait(value: float) -> str:
        return _duration(value, hours, language)

    columns: tuple[tuple[str, Callable[[float], str], Callable[[Row], Interval]], ...] = (
        (text["backlog"], count, lambda row: row.backlog),
        (text["wait_median"], wait, lambda row: row.wait_median),
        (text["wait_p90"], wait, lambda row: row.wait_p90),
        (text["views"], count, lambda row: row.harmful_views),
    )
    panels = [
        Panel(title=title, written=written, missing="", marks=[_team(row, get(row), text) for row in rows])
        for title, written, get in columns
    ]
    cells = tuple(
        (_named(row, text), str(row.people), *(_range(get(row), written, text) for _, written, get in columns))
        for row in rows
    )
    says = _capacity_says(rows, hours, wait, language)
    return Figure(
        svg=draw(panels, name, text["title"], says),
        title=text["title"],
        says=says,
        headers=(text["team"], text["people"], *(title for title, _, _ in columns)),
        rows=cells,
    )


def agreement_figure(found: Mapping[str, Agreement], language: str, name: str = "agreement") -> Figure:
    """Alpha with its interval for each clause, or each language: whatever the labels (plain text) name.

    >>> figure = agreement_figure({"All": Agreement(alpha=0.812, low=0.76, high=0.86, units=400)}, "en")
    >>> figure.rows[0][:2]
    ('All', '400')
    """
    text = _AGREEMENT[language]

    marks = [Mark(label=label, low=one.low, middle=one.alpha, high=one.high) for label, one in found.items()]
    panel = Panel(
        title=text["alpha"],
        marks=marks,
        written=lambda value: number(value, 1, language),
        missing=text["missing"],
        most=1.0,
        references=(0.667, 0.8),
    )
    enough = sum(one.low is not None and one.low >= 0.667 for one in found.values())
    says = text["says"].format(enough=enough, all=len(found))
    return Figure(
        svg=draw([panel], name, text["title"], says),
        title=text["title"],
        says=says,
        headers=(text["what"], text["units"], text["alpha"]),
        rows=tuple(
            (label, number(one.units, 0, language), _alpha(one, text, language)) for label, one in found.items()
        ),
    )


def _team(row: Row, of: Interval, text: Mapping[str, Any]) -> Mark:
    share = row.scenario.share
    kind: Kind = "other" if not row.scenario.by_harm else "plain" if share == 1 else "more" if share > 1 else "fewer"
    label = text["labelled"].format(team=_named(row, text), people=row.people)
    return Mark(label=label, low=of.low, middle=of.middle, high=of.high, kind=kind)


def _named(row: Row, text: Mapping[str, Any]) -> str:
    return str(text["teams"].get(row.scenario.key, row.scenario.key))


def _range(of: Interval, written: Callable[[float], str], text: Mapping[str, Any]) -> str:
    middle, low, high = (written(value) for value in (of.middle, of.low, of.high))
    return middle if low == middle == high else str(text["range"]).format(middle=middle, low=low, high=high)


def _duration(value: float, hours: int, language: str) -> str:
    """Hours as minutes, hours or days; infinity as longer than the period."""
    short = _UNITS[language]
    if math.isinf(value):
        return short["longer"].format(number(hours / 24, 0, language))
    if value < 1:
        return short["minutes"].format(number(value * 60, 0, language))
    if value < 48:
        return short["hours"].format(number(value, 1 if value % 1 else 0, language))
    return short["days"].format(number(value / 24, 1 if value % 24 else 0, language))


def _capacity_says(rows: Sequence[Row], hours: int, wait: Callable[[float], str], language: str) -> str:
    text, by_key = _CAPACITY[language], {row.scenario.key: row for row in rows}
    if not {"now", "half"} <= by_key.keys():
        return str(text["says"])
    now, half = by_key["now"], by_key["half"]
    return str(text["says_half"]).format(
        people=half.people,
        backlog=number(half.backlog.middle, 0, language),
        backlog_now=number(now.backlog.middle, 0, language),
        wait=wait(min(half.wait_p90.middle, hours)),
        wait_now=wait(min(now.wait_p90.middle, hours)),
        views=number(half.harmful_views.middle, 0, language),
        views_now=number(now.harmful_views.middle, 0, language),
    )


def _alpha(one: Agreement, text: Mapping[str, str], language: str) -> str:
    if one.alpha is None:
        return text["missing"]
    alpha = number(one.alpha, 2, language)
    if one.low is None or one.high is None:
        return text["too_few"].format(middle=alpha)
    return text["range"].format(middle=alpha, low=number(one.low, 2, language), high=number(one.high, 2, language))


_UNITS: Final = {
    "en": {"minutes": "{} min", "hours": "{} h", "days": "{} d", "longer": "> {} d"},
    "fr": {"minutes": "{} min", "hours": "{} h", "days": "{} j", "longer": "> {} j"},
}

_CAPACITY: Final[dict[str, dict[str, Any]]] = {
    "en": {
        "title": "What each team would mean",
        "says": "Each line is a team: the mark is the median of simulated periods, the line holds 95 % of them.",
        "says_half": "With half of the team ({people}), {backlog} cases wait at the end of the period instead of "
        "{backlog_now}; one case in ten waits longer than {wait} instead of {wait_now}; breaches are seen {views} times a "
        "day before a decision instead of {views_now}.",
        "team": "Team",
        "people": "People",
        "backlog": "Cases waiting at the end",
        "wait_median": "Half of the cases wait at most",
        "wait_p90": "Nine cases in ten wait at most",
        "views": "Views of breaches a day before a decision",
        "labelled": "{team} ({people})",
        "range": "{middle} ({low} – {high})",
        "teams": {
            "double": "Twice as many",
            "quarter_more": "A quarter more",
            "now": "As it is",
            "now_oldest_first": "As it is, oldest first",
            "quarter_fewer": "A quarter leaves",
            "half": "Half leaves",
        },
    },
    "fr": {
        "title": "Ce que chaque équipe signifierait",
        "says": "Chaque ligne est une équipe : le point est la médiane des périodes simulées, le trait en contient 95 %.",
        "says_half": "Avec la moitié de l’équipe ({people}), {backlog} dossiers attendent à la fin de la période "
        "au lieu de {backlog_now} ; un dossier sur dix attend plus de {wait} au lieu de {wait_now} ; les contenus "
        "contraires aux règles sont vus {views} fois par jour avant une décision au lieu de {views_now}.",
        "team": "Équipe",
        "people": "Personnes",
        "backlog": "Dossiers en attente à la fin",
        "wait_median": "La moitié des dossiers attend au plus",
        "wait_p90": "Neuf dossiers sur dix attendent au plus",
        "views": "Vues, par jour, de contenus contraires aux règles avant une décision",
        "labelled": "{team} ({people})",
        "range": "{middle} ({low} – {high})",
        "teams": {
            "double": "Deux fois plus",
            "quarter_more": "Un quart de plus",
            "now": "Telle qu’elle est",
            "now_oldest_first": "Telle quelle, par ancienneté",
            "quarter_fewer": "Un quart part",
            "half": "La moitié part",
        },
    },
}

_AGREEMENT: Final = {
    "en": {
        "title": "Do those who judge blind agree?",
        "says": "Lines where agreement is at least 0.667 with near certainty, enough to build on: {enough} of {all}.",
        "what": "Of",
        "units": "Posts judged twice",
        "alpha": "Krippendorff’s alpha (1: always the same, 0: chance)",
        "missing": "not measurable",
        "too_few": "{middle} (too few posts for an interval)",
        "range": "{middle} ({low} – {high})",
    },
    "fr": {
        "title": "Les avis rendus à l’aveugle concordent-ils ?",
        "says": "Lignes où l’accord est presque sûrement d’au moins 0,667, assez pour s’y fier : {enough} sur {all}.",
        "what": "Sur",
        "units": "Publications jugées deux fois",
        "alpha": "Alpha de Krippendorff (1 : toujours pareil, 0 : hasard)",
        "missing": "non mesurable",
        "too_few": "{middle} (trop peu de publications pour un intervalle)",
        "range": "{middle} ({low} – {high})",
    },
}
