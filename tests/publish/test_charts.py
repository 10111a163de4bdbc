"""A figure can be read without colour, style, script or the picture: its table and its sentence say the same."""

import math
import re
from xml.etree import ElementTree

import msgspec
import pytest

from vigie.measure.agreement import Agreement
from vigie.publish import charts
from vigie.publish.charts import agreement_figure, capacity_figure
from vigie.publish.dotplot import Mark, Panel, draw
from vigie.review.capacity import SCENARIOS, Interval, Row, Scenario

SVG = "{http://www.w3.org/2000/svg}"
DAYS = 28


def row(scenario: Scenario, times: float = 1.0) -> Row:
    return Row(
        scenario=scenario,
        people=scenario.people(9),
        backlog=Interval(1_000 * times, 1_234 * times, 1_500 * times),
        wait_median=Interval(0.1, 0.2, 0.5),
        wait_p90=Interval(7.25, 60.0, math.inf),
        harmful_views=Interval(10_000, 20_000, 30_000),
    )


ROWS = [row(scenario, 2 - scenario.share / 2) for scenario in SCENARIOS]
FOUND = {
    "hate.racism": Agreement(alpha=0.812, low=0.76, high=0.86, units=1_400),
    "few <& rare>": Agreement(alpha=0.5, low=None, high=None, units=20),
    "none": Agreement(alpha=None, low=None, high=None, units=0),
    "worse than chance": Agreement(alpha=-0.25, low=-0.4, high=-0.1, units=200),
}
FIGURES = [(capacity_figure(ROWS, 24 * DAYS, language), language, len(ROWS)) for language in ("en", "fr")] + [
    (agreement_figure(FOUND, language), language, len(FOUND)) for language in ("en", "fr")
]
EACH = pytest.mark.parametrize(("figure", "language", "lines"), FIGURES)


@EACH
def test_the_drawing_names_and_describes_itself(figure, language, lines):
    root = ElementTree.fromstring(figure.svg)
    assert root.get("role") == "img"
    title, desc = (root.find(f"{SVG}{tag}") for tag in ("title", "desc"))
    assert (title.text, desc.text) == (figure.title, figure.says)
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]


@EACH
def test_nothing_that_a_strict_policy_forbids(figure, language, lines):
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href=|url\(", figure.svg)


@EACH
def test_the_table_has_a_cell_for_everything(figure, language, lines):
    assert len(figure.rows) == lines
    assert {len(cells) for cells in figure.rows} == {len(figure.headers)}
    assert all(cell for cells in figure.rows for cell in cells)
    assert "{" not in figure.svg + figure.says + str(figure.rows)


@EACH
def test_every_mark_lies_within_the_drawing(figure, language, lines):
    root = ElementTree.fromstring(figure.svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    for line in root.iter(f"{SVG}line"):
        assert all(0 <= float(line.get(name)) <= width for name in ("x1", "x2"))
        assert all(0 <= float(line.get(name)) <= height for name in ("y1", "y2"))
    for shape in root.iter(f"{SVG}polygon"):
        for point in shape.get("points").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_teams_are_told_apart_without_colour():
    svg = FIGURES[0][0].svg
    shapes = {
        kind: re.search(rf'<g class="is-{kind}">.*?</g>', svg)[0].count("<polygon")
        for kind in ("plain", "more", "fewer")
    }
    assert "<circle" in re.search(r'<g class="is-plain">.*?</g>', svg)[0]
    assert shapes["more"] == shapes["fewer"] == 1
    assert "stroke-dasharray" in re.search(r'<g class="is-other">.*?</g>', svg)[0]


def test_numbers_are_those_of_the_language():
    english, french = FIGURES[0][0], FIGURES[1][0]
    half = next(cells for cells in french.rows if cells[0] == "La moitié part")
    assert half[1:] == (
        "4",
        "2\u202f160 (1\u202f750\u202f–\u202f2\u202f625)",
        "12 min (6 min\u202f–\u202f30 min)",
        "2,5 j (7,2 h\u202f–\u202f> 28 j)",
        "20\u202f000 (10\u202f000\u202f–\u202f30\u202f000)",
    )
    assert "2\u202f160 cases wait" in english.says
    assert "2\u202f160 dossiers attendent" in french.says


def test_what_is_longer_than_the_period_is_said_in_words():
    lost = msgspec.structs.replace(ROWS[0], wait_p90=Interval(math.inf, math.inf, math.inf))
    figure = capacity_figure([lost], 24 * DAYS, "en")
    assert figure.rows[0][4] == "> 28 d"
    assert "&gt; 28 d" in figure.svg
    assert 'class="beyond"' in figure.svg


def test_what_is_not_measurable_is_said_in_words():
    figure = FIGURES[2][0]
    cells = {cells[0]: cells[2] for cells in figure.rows}
    assert cells["none"] == "not measurable"
    assert cells["few <& rare>"] == "0.50 (too few posts for an interval)"
    assert "not measurable" in figure.svg
    assert "few &lt;&amp; rare&gt;" in figure.svg
    assert figure.says.endswith("enough to build on: 1 of 4.")


def test_without_the_two_teams_to_compare_the_sentence_is_a_general_one():
    figure = capacity_figure([row(Scenario("three people", 1 / 3))], 24 * DAYS, "en")
    assert figure.rows[0][0] == "three people"
    assert figure.says == charts._CAPACITY["en"]["says"]


@pytest.mark.parametrize("words", [charts._CAPACITY, charts._AGREEMENT, charts._UNITS])
def test_both_languages_say_the_same_things(words):
    assert words["en"].keys() == words["fr"].keys()
    for key, said in words["en"].items():
        other = words["fr"][key]
        if isinstance(said, dict):
            assert said.keys() == other.keys() == {scenario.key for scenario in SCENARIOS}
        else:
            assert re.findall(r"\{\w*\}", said) == re.findall(r"\{\w*\}", other)


@pytest.mark.parametrize("highest", [0.0, 0.003, 0.9, 1, 7, 49, 101, 12_345, 9.9e9])
def test_axes_have_few_round_ticks_that_hold_everything(highest):
    mark = Mark(label="one", low=0.0, middle=highest / 2, high=highest)
    written = []

    def note(value: float) -> str:
        written.append(value)
        return f"{value:g}"

    draw([Panel(title="t", marks=[mark], written=note, missing="")], "x", "t", "s")
    assert 2 <= len(written) <= 7
    assert written[0] == 0
    assert written[-1] >= highest
    assert written[-1] <= max(2 * highest, 1)
