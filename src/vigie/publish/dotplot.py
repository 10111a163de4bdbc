"""A drawing of estimates with their intervals, one line each, in panels one above the other: SVG without script or style.

What is drawn is told apart by shape and dashes, colour may come on top: the page's stylesheet knows the classes ``chart``,
``panel``, ``label``, ``tick``, ``grid``, ``reference``, ``whisker``, ``mark``, ``beyond``, ``missing``, and ``is-`` followed
by the kind of mark. Without a stylesheet everything is drawn in the colour of the text.
"""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final, Literal

import msgspec

Kind = Literal["plain", "more", "fewer", "other"]

WIDTH: Final = 640
_RIGHT, _LINE, _HEAD, _FOOT = 600, 26, 34, 30
_LETTER: Final = 7.4  # of a label, in a common sans-serif of this size
_TICKS = 5


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One line: an estimate between two bounds. Infinity: beyond the drawing; None: not measurable, which is said."""

    label: str
    low: float | None
    middle: float | None
    high: float | None
    kind: Kind = "plain"


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Lines on one axis. ``written`` says a value of the axis; ``least`` and ``most`` are its ends (None: as needed);
    ``references`` are values to compare with, drawn as dashed lines; ``missing`` stands where nothing is measurable.
    """

    title: str
    marks: Sequence[Mark]
    written: Callable[[float], str]
    missing: str
    least: float = 0.0
    most: float | None = None
    references: tuple[float, ...] = ()


def draw(panels: Sequence[Panel], name: str, title: str, says: str) -> str:
    """The SVG. ``name`` makes its ids unique on a page; ``title`` and ``says`` are read aloud instead of it.

    >>> draw([], "empty", "Title", "What it says.").startswith('<svg class="chart" role="img" aria-labelledby="empty-title')
    True
    """
    parts, top = [], 0
    left = 12 + _LETTER * max((len(mark.label) for panel in panels for mark in panel.marks), default=0)
    for panel in panels:
        parts.append(_panel(panel, top, min(max(left, 120.0), 380.0)))
        top += _height(panel)
    return (
        f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {WIDTH} {top}" fill="currentColor" stroke="none" font-size="13">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(says)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _height(panel: Panel) -> int:
    return _HEAD + _LINE * len(panel.marks) + _FOOT


def _panel(panel: Panel, top: int, left: float) -> str:
    ticks = _ticks(panel)
    foot = top + _HEAD + _LINE * len(panel.marks)

    def x(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return round(left + (_RIGHT - left) * min(max(share, 0.0), 1.0), 1)

    grid = [
        f'<line class="grid" x1="{x(tick)}" x2="{x(tick)}" y1="{top + _HEAD}" y2="{foot}" stroke="currentColor" '
        f'stroke-opacity="0.2"/><text class="tick" x="{x(tick)}" y="{foot + 16}" text-anchor="middle">'
        f"{escape(panel.written(tick))}</text>"
        for tick in ticks
    ]
    references = [
        f'<line class="reference" x1="{x(value)}" x2="{x(value)}" y1="{top + _HEAD}" y2="{foot}" stroke="currentColor" '
        f'stroke-dasharray="2 3"/>'
        for value in panel.references
    ]
    lines = [_line(mark, top + _HEAD + _LINE * (n + 0.5), x, panel) for n, mark in enumerate(panel.marks)]
    head = f'<text class="panel" x="0" y="{top + 20}" font-weight="bold">{escape(panel.title)}</text>'
    return f"<g>{head}{''.join(grid)}{''.join(references)}{''.join(lines)}</g>"


def _line(mark: Mark, y: float, x: Callable[[float], float], panel: Panel) -> str:
    label = f'<text class="label" x="0" y="{y + 4}">{escape(mark.label)}</text>'
    if mark.middle is None:
        missing = f'<text class="missing" x="{x(-math.inf) + 4}" y="{y + 4}">{escape(panel.missing)}</text>'
        return f'<g class="is-{mark.kind}">{label}{missing}</g>'
    whisker = ""
    if mark.low is not None and mark.high is not None:
        dashes = ' stroke-dasharray="5 3"' if mark.kind == "other" else ""
        whisker = (
            f'<line class="whisker" x1="{x(mark.low)}" x2="{x(mark.high)}" y1="{y}" y2="{y}" stroke="currentColor" '
            f'stroke-width="2"{dashes}/>'
        )
        if math.isinf(mark.high):
            whisker += _shape("beyond", [(8, 0), (0, -5), (0, 5)], _RIGHT, y)
    if math.isinf(mark.middle):
        above = y + 4 if mark.low == mark.middle else y - 5
        said = f'<text class="beyond" x="{_RIGHT - 6}" y="{above}" text-anchor="end">{escape(panel.written(mark.middle))}</text>'
        return f'<g class="is-{mark.kind}">{label}{whisker}{said}</g>'
    return f'<g class="is-{mark.kind}">{label}{whisker}{_dot(mark.kind, x(mark.middle), y)}</g>'


_SHAPES: Final[dict[str, list[tuple[int, int]]]] = {
    "more": [(0, -7), (6, 5), (-6, 5)],
    "fewer": [(0, 7), (6, -5), (-6, -5)],
    "other": [(0, -7), (7, 0), (0, 7), (-7, 0)],
}


def _dot(kind: Kind, x: float, y: float) -> str:
    if kind == "plain":
        return f'<circle class="mark" cx="{x}" cy="{y}" r="5"/>'
    return _shape("mark", _SHAPES[kind], x, y)


def _shape(name: str, corners: Sequence[tuple[int, int]], x: float, y: float) -> str:
    points = " ".join(f"{round(x + right, 1)},{round(y + down, 1)}" for right, down in corners)
    return f'<polygon class="{name}" points="{points}"/>'


def _ticks(panel: Panel) -> list[float]:
    """Round values that hold all that is finite, five steps at most."""
    drawn = [value for mark in panel.marks for value in (mark.low, mark.middle, mark.high) if value is not None]
    finite = [value for value in drawn if math.isfinite(value)]
    least = min([panel.least, *finite])
    most = max([least, *finite]) if panel.most is None else panel.most
    rough = (most - least) / _TICKS or 1.0
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough * (1 - 1e-9))
    first = math.floor(least / step + 1e-9)
    last = max(math.ceil(most / step - 1e-9), first + 1)
    return [round(n * step, 10) for n in range(first, last + 1)]
