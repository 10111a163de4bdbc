"""Where things stand in a file of terms, so that an error can name the line that a person has to mend."""

import re
from collections.abc import Iterator

#: The way to a value: names of tables and keys, and ranks in arrays of tables: ("version", 0, "text", "fr").
Way = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5} | \'{3}.*?\'{3,5} | "(?:[^"\\\n]++|\\.)*" | '[^'\n]*'   # strings, long ones first
      | (?P<comment>\#[^\n]*) | (?P<newline>\n) | (?P<open>[\[{]) | (?P<close>[\]}]) | [^"'\#\n\[\]{}]++ | .''',
    re.DOTALL | re.VERBOSE,
)
_NAME = re.compile(r""""((?:\\.|[^"\\])*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_KEY = re.compile(r"""((?:"(?:\\.|[^"\\])*"|'[^']*'|[^=])*?)=""")


def lines_of(text: str) -> dict[Way, int]:
    """The line, from 1, of each table and key of a TOML text that is already known to be well formed.

    >>> lines_of('id = "a"\\n\\n[[rule]]\\nwhen = "x"\\n')
    {('id',): 1, ('rule', 0): 3, ('rule', 0, 'when'): 4}
    """
    found: dict[Way, int] = {}
    ranks: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for line, statement in _statements(text):
        if statement.startswith("["):
            table = _names(statement.strip("[] \t"))
            if statement.startswith("[["):
                ranks[table] = ranks.get(table, -1) + 1
            found.setdefault(_way(table, ranks), line)
        elif key := _KEY.match(statement):
            found.setdefault(_way(table, ranks) + _names(key[1]), line)
    return found


def line_of(way: Way, lines: dict[Way, int]) -> int:
    """The line of a value, or of the nearest thing around it that has one; 1 when nothing has.

    >>> line_of(("rule", 0, "review", "fr"), {("rule", 0): 3, ("rule", 0, "review"): 5})
    5
    """
    while way and way not in lines:
        way = way[:-1]
    return lines.get(way, 1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment with its first line; one that spans lines counts once."""
    line, begun, depth, parts = 1, 1, 0, ""
    for token in _TOKEN.finditer(text):
        if token["newline"] and depth == 0:
            if parts.strip():
                yield begun, parts.strip()
            parts, begun = "", line + 1
        elif not token["comment"]:
            depth += bool(token["open"]) - bool(token["close"])
            parts += token[0]
        line += token[0].count("\n")
    if parts.strip():
        yield begun, parts.strip()


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name[1] or name[2] or name[3] or "" for name in _NAME.finditer(dotted))


def _way(table: tuple[str, ...], ranks: dict[tuple[str, ...], int]) -> Way:
    """Table names with the rank reached in each array of tables on the way."""
    way: Way = ()
    for depth, name in enumerate(table, start=1):
        way += (name,) if table[:depth] not in ranks else (name, ranks[table[:depth]])
    return way
